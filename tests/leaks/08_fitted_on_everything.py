# The model is fitted on the whole frame and judged on its test part.
# warning: LogisticRegression (In [3]) | X, which holds the rows of X_test | accuracy_score ; executions 3 4
# %%
X, y = df[["a", "b"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression()
model.fit(X, y)
# %%
accuracy_score(y_test, model.predict(X_test))
