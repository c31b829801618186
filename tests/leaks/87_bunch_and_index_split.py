# A bunch of arrays, split by indices.
# %%
from sklearn.datasets import load_iris
from sklearn.model_selection import ShuffleSplit
iris = load_iris()
X, y = iris.data, iris.target
train_idx, test_idx = next(ShuffleSplit(1, random_state=0).split(X))
# %%
scaler = StandardScaler().fit(X[train_idx])
model = LogisticRegression().fit(scaler.transform(X[train_idx]), y[train_idx])
print(model.score(scaler.transform(X[test_idx]), y[test_idx]))
