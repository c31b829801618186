# Both parts are put together again for the fit.
# warning: LogisticRegression (In [3]) | full, which holds the rows of X_test ; executions 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
full = pd.concat([X_train, X_test])
model = LogisticRegression().fit(full, pd.concat([y_train, y_test]))
# %%
model.score(X_test, y_test)
