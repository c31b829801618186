# A scaler fitted on all rows, then the split.
# warning: StandardScaler (In [3]) | train_test_split (In [4]) | accuracy_score | (In [6]) ; executions 3 4 6
# %%
X = df[["a", "b", "c", "d"]]
y = df["label"]
# %%
scaler = StandardScaler()
X_scaled = scaler.fit_transform(X)
# %%
X_train, X_test, y_train, y_test = train_test_split(X_scaled, y, random_state=0)
# %%
model = LogisticRegression().fit(X_train, y_train)
# %%
print(f"accuracy {accuracy_score(y_test, model.predict(X_test)):.3f}")
