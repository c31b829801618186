# The leak stands in a branch that does not run.
# %%
X, y = df[["a", "b", "c"]], df["label"]
scale_first = False
if scale_first:
    X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
model.score(X_test, y_test)
