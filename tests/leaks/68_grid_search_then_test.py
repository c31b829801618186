# A search on the training rows, its choice judged once.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 1, 10]}, cv=3)
search.fit(X_train, y_train)
# %%
print(search.score(X_test, y_test), f1_score(y_test, search.predict(X_test)))
