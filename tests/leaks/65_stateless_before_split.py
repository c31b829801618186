# What learns nothing may see all rows.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X = FunctionTransformer(np.abs).fit_transform(X)
X = Normalizer().fit_transform(X)
X = PolynomialFeatures(2).fit_transform(X)
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression(max_iter=500).fit(X_train, y_train)
model.score(X_test, y_test)
