# What is judged holds the training rows.
# warning: LogisticRegression (In [3]) | holds those rows too ; executions 3
# %%
X, y = df[["a", "b"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
print(roc_auc_score(y, model.predict_proba(X)[:, 1]))
