# Columns dropped, types changed, dummies and logarithms before the split.
# %%
frame = df.drop(columns="d").astype({"label": "int8"})
frame["kind"] = np.where(frame["a"] > 0, "x", "z")
X = pd.get_dummies(frame.drop(columns="label"))
X["b"] = np.log1p(X["b"].abs())
y = frame["label"]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
