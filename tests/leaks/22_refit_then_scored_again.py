# The final model, refitted on all rows, is judged on the old test part once more.
# warning: LogisticRegression (In [4]) | X, which holds the rows of X_test ; executions 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
# %%
final = LogisticRegression().fit(X, y)
print(final.score(X_test, y_test))
