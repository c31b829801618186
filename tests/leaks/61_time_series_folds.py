# Each fold fits its own scaler on the past.
# %%
X, y = df[["a", "b", "c"]].to_numpy(), df["label"].to_numpy()
for train, test in TimeSeriesSplit(4).split(X):
    scaler = StandardScaler().fit(X[train])
    model = LogisticRegression().fit(scaler.transform(X[train]), y[train])
    print(model.score(scaler.transform(X[test]), y[test]))
