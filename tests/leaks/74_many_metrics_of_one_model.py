# One model, judged in several ways, in loops too.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
pred = model.predict(X_test)
# %%
for average in ["macro", "micro", "weighted"]:
    print(f1_score(y_test, pred, average=average))
print(accuracy_score(y_test, pred), roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
