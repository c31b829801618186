# Two transformers before the split: a warning for each.
# warning: SimpleImputer (In [3]) | all rows of X before train_test_split (In [4]) | accuracy 0. ; executions 3 4 5
# warning: PCA (In [3]) | train_test_split (In [4]) | accuracy 0. ; executions 3 4 5
# %%
X, y = df[["a", "b", "c", "d"]], df["label"]
# %%
filled = SimpleImputer().fit_transform(X)
reduced = PCA(n_components=2).fit_transform(filled)
# %%
X_train, X_test, y_train, y_test = train_test_split(reduced, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
pred = model.predict(X_test)
accuracy = accuracy_score(y_test, pred)
