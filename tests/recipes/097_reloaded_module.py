# A module is written, imported, rewritten and reloaded: the first version is not used for the
# number, but without it the first import fails and with it there is nothing to reload: keep.
# %% write keep
%%writefile recipe_tools.py
def lift(x):
    return x
# %% imports keep
import importlib
import numpy as np
import recipe_tools
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% tried drop
recipe_tools.lift(3)
# %% write#2 keep
%%writefile recipe_tools.py
def lift(x):
    return x ** 3 - 4 * x
# %% reload keep
importlib.reload(recipe_tools)
# %% other drop
importlib.invalidate_caches()
# %% data keep
x = np.linspace(-2, 2, 12)
# %% fit keep
X = recipe_tools.lift(x)[:, None]
model = LinearRegression().fit(X, np.sin(3 * x))
# %% evaluate keep
error = mean_squared_error(np.sin(3 * x), model.predict(X))
