# Nothing is judged so far; the split is of scaled rows all the same.
# warning: StandardScaler (In [2]) | train_test_split (In [3]) | no score was seen yet ; executions 2 3
# %%
X_scaled = StandardScaler().fit_transform(df[["a", "b"]])
# %%
X_train, X_test, y_train, y_test = train_test_split(X_scaled, df["label"], random_state=0)
model = LogisticRegression().fit(X_train, y_train)
