# Two draws of the same size from one generator.
# %%
X_train, y_train = make_classification(100, random_state=0)
X_test, y_test = make_classification(100, random_state=1)
# %%
scaler = StandardScaler().fit(X_train)
model = LogisticRegression().fit(scaler.transform(X_train), y_train)
print(model.score(scaler.transform(X_test), y_test))
