# The unseeded split is run again, and the model of the first split judged.
# warning: LogisticRegression (In [4]) | shares rows with X_test ; executions 4 6
# %%
X, y = df[["a", "b"]], df["label"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y)
# %%
model = LogisticRegression().fit(X_train, y_train)
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y)
# %%
model.score(X_test, y_test)
