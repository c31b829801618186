# A training score beside the test score.
# ok: score | is a training score ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_train, y_train)
print(model.score(X_train, y_train), model.score(X_test, y_test))
