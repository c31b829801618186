# Training and test labels are the same by chance; the rows are others.
# %%
y_one = np.array([0, 1] * 30)
y_two = np.array([0, 1] * 30)
X_one, X_two = rng.normal(size=(60, 2)), rng.normal(size=(60, 2))
# %%
model = LogisticRegression().fit(X_one, y_one)
print(model.score(X_two, y_two))
