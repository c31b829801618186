# Clustering is judged on the rows it was fitted on, as it is meant to be.
# %%
X = StandardScaler().fit_transform(df[["a", "b"]])
# %%
km = KMeans(3, n_init=3, random_state=0)
labels = km.fit_predict(X)
print(silhouette_score(X, labels), km.score(X))
