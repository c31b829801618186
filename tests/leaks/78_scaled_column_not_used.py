# A column is scaled on all rows, and the model gets other columns.
# %%
df["a_scaled"] = StandardScaler().fit_transform(df[["a"]])
# %%
X, y = df[["b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
