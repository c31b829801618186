# Features chosen on all rows, then folds of the same rows (ESL 7.10.2).
# warning: SelectKBest (In [3]) | cross_val_score (In [4]) ; executions 3 4
# %%
X, y = df.drop(columns="label"), df["label"]
# %%
X_best = SelectKBest(k=2).fit_transform(X, y)
# %%
scores = cross_val_score(LogisticRegression(), X_best, y, cv=5)
print(scores.mean())
