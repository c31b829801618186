# The first try leaks and is judged nowhere; it is put right before the first score.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_scaled = StandardScaler().fit_transform(X)
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler()
X_train_s, X_test_s = scaler.fit_transform(X_train), scaler.transform(X_test)
# %%
model = LogisticRegression().fit(X_train_s, y_train)
model.score(X_test_s, y_test)
