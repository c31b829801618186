# Split first, the scaler fitted on the training rows, both transformed.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
X_train_s = scaler.fit_transform(X_train)
X_test_s = scaler.transform(X_test)
# %%
model = LogisticRegression().fit(X_train_s, y_train)
acc = accuracy_score(y_test, model.predict(X_test_s))
