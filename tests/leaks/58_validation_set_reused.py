# Settings chosen on a validation set, the test set judged once.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_rest, X_test, y_rest, y_test = train_test_split(X, y, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, random_state=1)
# %%
for C in [0.01, 0.1, 1, 10]:
    m = LogisticRegression(C=C).fit(X_train, y_train)
    print(C, m.score(X_val, y_val))
# %%
best = LogisticRegression(C=1).fit(X_train, y_train)
print(best.score(X_test, y_test))
