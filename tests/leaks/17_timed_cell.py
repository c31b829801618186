# The leak stands in a %%time cell.
# warning: StandardScaler (In [3]) | train_test_split (In [3]) ; executions 3
# %%
X, y = df[["a", "b", "c"]], df["label"]
# %%
%%time
Xs = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(Xs, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(accuracy_score(y_test, model.predict(X_test)))
