# Three models, one test set.
# warning: X_test was used to judge 3 models | LogisticRegression, SVC, DecisionTreeClassifier 3 times (In [3]) | The best of 3 ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
models = {"lr": LogisticRegression(), "svc": SVC(), "tree": DecisionTreeClassifier(random_state=0)}
for name, model in models.items():
    model.fit(X_train, y_train)
    print(name, accuracy_score(y_test, model.predict(X_test)))
