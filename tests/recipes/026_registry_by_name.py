# One of three registered builders is used. That the other two lie in the same dict and are not
# needed takes knowledge of the key: either. The registry of metrics is another dict.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.metrics import mean_squared_error
# %% registry keep
BUILDERS = {}
def builder(name):
    def register(function):
        BUILDERS[name] = function
        return function
    return register
# %% plain either
@builder("plain")
def plain():
    return LinearRegression()
# %% ridge keep
@builder("ridge")
def ridge():
    return Ridge(alpha=2.0)
# %% lasso either
@builder("lasso")
def lasso():
    return Lasso()
# %% others drop
CHECKS = {}
CHECKS["shape"] = lambda frame: frame.shape
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% check drop
CHECKS["shape"](X)
# %% fit keep
model = BUILDERS["ridge"]().fit(X, y)
# %% evaluate keep
error = mean_squared_error(y, model.predict(X))
