# Names made by exec and values made by eval of a string; one exec makes a name nobody uses.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
# %% code keep
code = "alpha = 2 * base"
# %% base keep
base = 6.5
# %% other_code drop
other_code = "depth = 4"
# %% exec keep
exec(code)
# %% exec_other drop
exec(other_code)
# %% build keep
model = eval("Ridge(alpha=alpha)")
# %% look drop
eval("1 + 1")
# %% data keep
X, y = make_regression(30, 3, noise=6, random_state=10)
# %% evaluate keep
error = mean_squared_error(y, model.fit(X, y).predict(X))
