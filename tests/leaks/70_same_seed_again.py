# Every cell is run again with the same seed: the same split, the same model.
# %%
X, y = df[["a", "b", "c"]], df["label"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
# %%
model.score(X_test, y_test)
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model.score(X_test, y_test)
