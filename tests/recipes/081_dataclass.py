# The fields of a dataclass instance are set after it was made; replace() makes another one.
# %% imports keep
from dataclasses import dataclass, field, replace
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor
# %% class keep
@dataclass
class Plan:
    depth: int = 2
    leaf: int = 1
    notes: list = field(default_factory=list)
# %% make keep
plan = Plan()
# %% other drop
deep = replace(plan, depth=9)
# %% change keep
plan.depth = 4
# %% other_change drop
deep.leaf = 5
# %% shown drop
deep
# %% data keep
X, y = make_regression(50, 3, noise=12, random_state=16)
# %% fit keep
model = DecisionTreeRegressor(max_depth=plan.depth, min_samples_leaf=plan.leaf, random_state=0)
model.fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
