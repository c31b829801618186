# Columns of the frame are scaled in place before X is taken from it.
# warning: StandardScaler (In [3]) | train_test_split (In [5]) ; executions 3 5 6
# %%
num = ["a", "b"]
# %%
df[num] = StandardScaler().fit_transform(df[num])
# %%
X, y = df.drop(columns=["label"]), df["label"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = RandomForestClassifier(n_estimators=5, random_state=0)
model.fit(X_train, y_train)
model.score(X_test, y_test)
