# Fitted on all rows for a picture; the model never sees it.
# %%
X, y = df[["a", "b", "c"]], df["label"]
points = PCA(n_components=2).fit_transform(StandardScaler().fit_transform(X))
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
