# Only the training score so far, and the name says so.
# ok: is a training score ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
train_accuracy = accuracy_score(y_train, model.predict(X_train))
