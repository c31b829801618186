# Two slices of an array in a dict are views of it; one is changed by the other.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% base keep
store = {"X": np.arange(40.0).reshape(10, 4) % 5}
# %% cols keep
left, right = store["X"][:, :2], store["X"][:, 2:]
# %% y keep
y = np.arange(10.0) ** 1.1
# %% swap keep
left += right * 2
# %% copy drop
apart = np.ascontiguousarray(right)
apart *= 0
# %% evaluate keep
score = r2_score(y, Ridge().fit(store["X"], y).predict(store["X"]))
