# Names are made through globals() and attributes through setattr, in loops.
# %% imports keep
from types import SimpleNamespace
from sklearn.datasets import make_regression
from sklearn.linear_model import ElasticNet
from sklearn.metrics import r2_score
# %% names keep
for name, value in [("alpha", 0.7), ("l1_ratio", 0.2)]:
    globals()[name] = value
# %% other_names drop
globals()["title"] = "elastic net"
# %% options keep
options = SimpleNamespace()
# %% set keep
for key in ("alpha", "l1_ratio"):
    setattr(options, key, globals()[key])
# %% other_options drop
drawing = SimpleNamespace()
setattr(drawing, "alpha", 0.1)
# %% shown drop
print(vars(drawing), title)
# %% data keep
X, y = make_regression(40, 4, noise=9, random_state=11)
# %% evaluate keep
model = ElasticNet(**vars(options)).fit(X, y)
score = r2_score(y, model.predict(X))
