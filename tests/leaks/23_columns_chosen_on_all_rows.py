# The selector transforms nothing; the names of the columns carry what it learnt.
# warning: SelectKBest (In [3]) | train_test_split (In [4]) ; executions 3 4 4
# %%
X, y = df[["a", "b", "c", "d"]], df["label"]
# %%
selector = SelectKBest(k=2).fit(X, y)
chosen = X.columns[selector.get_support()]
# %%
X_train, X_test, y_train, y_test = train_test_split(X[chosen], y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
model.score(X_test, y_test)
