# The models are fitted in one loop and judged in another.
# warning: X_test was used to judge 3 models ; executions 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
models = {}
for C in [0.1, 1, 10]:
    models[C] = SVC(C=C).fit(X_train, y_train)
# %%
for C, m in models.items():
    print(C, m.score(X_test, y_test))
