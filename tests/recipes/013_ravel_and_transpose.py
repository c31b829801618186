# ravel, T and reshape of a contiguous array are views; flatten is a copy.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
# %% data keep
X = (np.arange(30.0) ** 1.5 % 9).reshape(10, 3)
y = X @ [2.0, 1.0, -1.0]
# %% flat keep
flat = X.ravel()
# %% apart drop
apart = X.flatten()
# %% flat_changed keep
flat[::7] = 20
# %% apart_changed drop
apart[:] = 1
# %% columns keep
columns = X.T
# %% columns_changed keep
columns[1] -= 4
# %% sums drop
sums = X.sum(axis=0)
# %% evaluate keep
model = Ridge(alpha=2).fit(X, y)
error = mean_squared_error(y, model.predict(X))
