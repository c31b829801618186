# The scaler sees the whole, the parts are transformed later.
# warning: StandardScaler (In [2]) | train_test_split (In [3]) ; executions 2 3 5
# %%
X, y = df[["a", "b", "c"]], df["label"]
scaler = StandardScaler().fit(X)
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
X_train_s = scaler.transform(X_train)
X_test_s = scaler.transform(X_test)
# %%
clf = LogisticRegression().fit(X_train_s, y_train)
print(clf.score(X_test_s, y_test))
