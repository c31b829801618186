# Settings stand in cells of their own; one is set twice before its use, one is never used,
# one is set again after its use.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor
# %% depth_first drop
depth = 2
# %% leaf keep
leaf = 3
# %% trees drop
trees = 500
# %% depth keep
depth = 4
# %% data keep
X, y = make_regression(60, 4, noise=20, random_state=1)
# %% fit keep
model = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=0).fit(X, y)
# %% depth_after drop
depth = 10
# %% evaluate keep
score = r2_score(y, model.predict(X))
