# A dict of settings is changed item by item; a copy of it is changed too.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
# %% settings keep
settings = {"alpha": 1.0}
# %% copy drop
experiment = dict(settings)
# %% alpha keep
settings["alpha"] = 40.0
# %% copy_changed drop
experiment["alpha"] = 99.0
experiment["positive"] = True
# %% intercept keep
settings.update(fit_intercept=False)
# %% show drop
print(sorted(settings.items()))
# %% data keep
X, y = make_regression(40, 3, bias=12.0, noise=3, random_state=2)
# %% evaluate keep
model = Ridge(**settings).fit(X, y)
error = mean_absolute_error(y, model.predict(X))
