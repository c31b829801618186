# A search by hand in one comprehension, on the test rows.
# warning: X_test was used to judge 4 models | LogisticRegression 4 times ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scores = {C: LogisticRegression(C=C).fit(X_train, y_train).score(X_test, y_test) for C in [0.1, 1, 10, 100]}
best = max(scores, key=scores.get)
