# Scaled on the rows that are left to choose by; the test rows were never seen.
# ok: StandardScaler (In [3]) | Test rows that it never saw are left ; executions 3 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_rest, X_test, y_rest, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
X_rest_s = scaler.fit_transform(X_rest)
X_train, X_val, y_train, y_val = train_test_split(X_rest_s, y_rest, random_state=1)
# %%
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_val, y_val))
print(model.score(scaler.transform(X_test), y_test))
