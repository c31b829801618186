# Nothing but folds judges the model, and the scaler saw all of them.
# warning: StandardScaler (In [2]) | cross_val_score (In [2]) ; executions 2
# %%
X = StandardScaler().fit_transform(df[["a", "b"]])
print(cross_val_score(SVC(), X, df["label"]).mean())
