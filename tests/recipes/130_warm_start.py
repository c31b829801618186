# A warm start goes on from the fit before, so the same cell counts twice; the metric between the
# two fits does not.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_squared_error
# %% data keep
X, y = make_regression(30, 2, noise=4, random_state=1)
# %% model keep
model = SGDRegressor(random_state=0, max_iter=2, tol=None, warm_start=True)
# %% fit keep
model.fit(X, y)
# %% first drop
first = mean_squared_error(y, model.predict(X))
# %% fit#2 keep
model.fit(X, y)
# %% note drop
note = f"{first:.2f}"
# %% evaluate keep
second = mean_squared_error(y, model.predict(X))
