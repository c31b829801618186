# The scaler's cell is run again on all rows after the split, and its names are used.
# warning: StandardScaler (In [4]) | holds the rows of X_test | score ; executions 4 3 5
# %%
X, y = df[["a", "b", "c"]], df["label"]
scaler = StandardScaler()
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler.fit(X)
# %%
model = LogisticRegression().fit(scaler.transform(X_train), y_train)
model.score(scaler.transform(X_test), y_test)
