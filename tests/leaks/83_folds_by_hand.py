# Each fold's parts get names.
# %%
X, y = df[["a", "b"]], df["label"]
scores = []
for tr, te in KFold(3, shuffle=True, random_state=0).split(X):
    X_tr, X_te = X.iloc[tr], X.iloc[te]
    y_tr, y_te = y.iloc[tr], y.iloc[te]
    model = make_pipeline(StandardScaler(), SVC()).fit(X_tr, y_tr)
    scores.append(accuracy_score(y_te, model.predict(X_te)))
print(np.mean(scores))
