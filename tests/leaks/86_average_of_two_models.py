# Two models speak together once.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
one = LogisticRegression().fit(X_train, y_train)
two = RandomForestClassifier(n_estimators=5, random_state=0).fit(X_train, y_train)
# %%
proba = (one.predict_proba(X_test)[:, 1] + two.predict_proba(X_test)[:, 1]) / 2
print(roc_auc_score(y_test, proba))
