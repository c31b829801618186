# Folds of scaled training rows choose; the test rows, which nothing saw, have the last word.
# ok: StandardScaler (In [3]) | Test rows that it never saw are left ; executions 3 4
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
scaler = StandardScaler()
X_train_s = scaler.fit_transform(X_train)
# %%
print(cross_val_score(SVC(), X_train_s, y_train, cv=3).mean())
# %%
print(SVC().fit(X_train_s, y_train).score(scaler.transform(X_test), y_test))
