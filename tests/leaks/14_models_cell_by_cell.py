# Two models in cells of their own, each judged on X_test.
# warning: X_test was used to judge 2 models | LogisticRegression (In [3]) | SVC (In [4]) ; executions 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
first = LogisticRegression().fit(X_train, y_train)
print(first.score(X_test, y_test), f1_score(y_test, first.predict(X_test)))
# %%
second = SVC(C=0.1).fit(X_train, y_train)
print(f"{second.score(X_test, y_test):.2f}")
