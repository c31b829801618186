# The preparation is a pipeline of its own, fitted on all rows.
# warning: Pipeline (In [2]) | train_test_split (In [3]) ; executions 2 3 3
# %%
prepare = make_pipeline(SimpleImputer(), StandardScaler())
X = prepare.fit_transform(df[["a", "b", "c"]])
# %%
X_train, X_test, y_train, y_test = train_test_split(X, df["label"], random_state=0)
model = LogisticRegression().fit(X_train, y_train)
model.score(X_test, y_test)
