# The test rows get a scaler of their own instead of the training rows' one.
# warning: StandardScaler (In [3]) | fitted on the test rows, X_test ; executions 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
X_train_s = scaler.fit_transform(X_train)
X_test_s = scaler.fit_transform(X_test)
# %%
model = LogisticRegression().fit(X_train_s, y_train)
model.score(X_test_s, y_test)
