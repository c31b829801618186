# Fit and prediction stand inside the metric's call.
# warning: LogisticRegression (In [3]) | holds the rows of X_test ; executions 3
# %%
X, y = df[["a", "b"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression()
accuracy_score(y_test, model.fit(X, y).predict(X_test))
