# There is no other score than that of the rows it was fitted on.
# warning: DecisionTreeClassifier (In [2]) | the same rows ; executions 2 3
# %%
X, y = df[["a", "b"]], df["label"]
tree = DecisionTreeClassifier(random_state=0).fit(X, y)
# %%
print(accuracy_score(y, tree.predict(X)))
