# A dummy is no candidate.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
print(DummyClassifier().fit(X_train, y_train).score(X_test, y_test))
# %%
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
