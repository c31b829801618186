# One model, but its threshold is chosen on the test rows.
# warning: X_test was used to judge 5 models | LogisticRegression 5 times ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
# %%
proba = model.predict_proba(X_test)[:, 1]
for t in [0.3, 0.4, 0.5, 0.6, 0.7]:
    f1 = f1_score(y_test, proba > t)
