# Folds of all the data, the scaler in the pipeline.
# %%
X, y = df[["a", "b", "c"]], df["label"]
scores = cross_val_score(make_pipeline(StandardScaler(), SVC()), X, y, cv=4)
# %%
final = make_pipeline(StandardScaler(), SVC()).fit(X, y)
