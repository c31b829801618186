# A fresh split and a fresh model in each turn.
# %%
X, y = df[["a", "b", "c"]], df["label"]
for seed in range(5):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)
    model = LogisticRegression().fit(X_train, y_train)
    print(model.score(X_test, y_test))
