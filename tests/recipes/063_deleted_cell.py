# `strength` and `helper` ran and were deleted from the notebook: the trail has them, the notebook
# does not. A deleted look at the data does not count.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% strength keep
strength = 33.0
# %% helper keep
def half(values):
    return values / 2
# %% peek drop
strength * 2
# %% data keep
X, y = make_regression(40, 3, noise=7, random_state=12)
# %% old_helper drop
def third(values):
    return values / 3
# %% fit keep
model = Ridge(alpha=strength).fit(half(X), y)
# %% evaluate keep
score = r2_score(y, model.predict(half(X)))
