# Both parts are scaled in one statement.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler()
X_train, X_test = scaler.fit_transform(X_train), scaler.transform(X_test)
# %%
model = LogisticRegression().fit(X_train, y_train)
y_pred = model.predict(X_test)
error = np.sqrt(np.mean((y_test - y_pred) ** 2))
acc, f1 = accuracy_score(y_test, y_pred), f1_score(y_test, y_pred)
