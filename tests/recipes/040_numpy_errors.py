# np.seterr decides whether the division raises, and so which branch is taken.
# %% imports keep
import numpy as np
from sklearn.metrics import mean_squared_error
# %% raise keep
previous = np.seterr(divide="raise")
# %% data keep
parts, wholes = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.0, 4.0])
# %% means drop
parts.mean(), wholes.mean()
# %% ratio keep
try:
    ratio = parts / wholes
except FloatingPointError:
    ratio = parts / np.where(wholes == 0, 1.0, wholes)
# %% safe drop
safe = np.divide(parts, wholes + 1)
# %% restore drop
np.seterr(**previous)
# %% evaluate keep
error = mean_squared_error([0.5, 1.0, 0.7], np.nan_to_num(ratio))
