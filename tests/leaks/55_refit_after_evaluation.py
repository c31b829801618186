# The final model is fitted on everything after the evaluation, and not judged again.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
# %%
model.fit(X, y)
