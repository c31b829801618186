# A grid search on all rows, its best model judged on a part of them.
# warning: GridSearchCV (In [3]) | holds the rows of X_test ; executions 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(X, y)
# %%
search.best_estimator_.score(X_test, y_test)
