# The folds are made by hand; the scaler saw them all.
# warning: StandardScaler (In [2]) | X, which holds the rows of Xs[…] ; executions 2 3
# %%
X, y = df[["a", "b"]].to_numpy(), df["label"].to_numpy()
scaler = StandardScaler()
Xs = scaler.fit_transform(X)
# %%
for train, test in KFold(4).split(Xs):
    model = LogisticRegression().fit(Xs[train], y[train])
    print(accuracy_score(y[test], model.predict(Xs[test])))
