# A partial holds its function and keywords; its own keywords are changed in place afterwards.
# %% imports keep
from functools import partial
from sklearn.datasets import make_regression
from sklearn.linear_model import ElasticNet
from sklearn.metrics import r2_score
# %% data keep
X, y = make_regression(50, 5, noise=10, random_state=5)
# %% build keep
build = partial(ElasticNet, alpha=2.0)
# %% gentle drop
gentle = partial(ElasticNet, alpha=0.01)
# %% change keep
build.keywords["l1_ratio"] = 0.9
# %% gentle_change drop
gentle.keywords["l1_ratio"] = 0.1
# %% gentle_fit drop
gentle().fit(X, y).coef_
# %% fit keep
model = build().fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
