# Scaled together "to be consistent", then taken apart again by position.
# warning: StandardScaler (In [3]) | both, which holds the rows of X_test_s ; executions 3 4
# %%
train, test = train_test_split(df, random_state=0)
X_train, X_test = train[["a", "b"]], test[["a", "b"]]
# %%
both = pd.concat([X_train, X_test])
scaled = StandardScaler().fit_transform(both)
X_train_s, X_test_s = scaled[: len(X_train)], scaled[len(X_train) :]
# %%
model = LogisticRegression().fit(X_train_s, train["label"])
print(model.score(X_test_s, test["label"]))
