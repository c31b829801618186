# Which class a name means is decided by a flag and by an import that fails.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.metrics import mean_squared_error
# %% flag keep
use_huber = True
# %% other_flag drop
use_boosting = True
# %% choice keep
if use_huber:
    from sklearn.linear_model import HuberRegressor as Regressor
else:
    from sklearn.linear_model import Ridge as Regressor
# %% fallback keep
try:
    from no_such_package import scale_rows
except ImportError:
    def scale_rows(values):
        return values / 3
# %% other_choice drop
if use_boosting:
    from sklearn.ensemble import GradientBoostingRegressor as Booster
# %% data keep
X, y = make_regression(40, 2, noise=20, random_state=14)
# %% booster drop
Booster(n_estimators=2).fit(X, y)
# %% evaluate keep
model = Regressor(alpha=20.0).fit(scale_rows(X), y)
error = mean_squared_error(y, model.predict(scale_rows(X)))
