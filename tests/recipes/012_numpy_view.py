# A slice of an array is a view: to change it changes the array. A copied slice is apart.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% data keep
X = np.arange(20.0).reshape(10, 2) % 6
y = X.sum(axis=1) + np.cos(np.arange(10))
# %% tail keep
tail = y[6:]
# %% head drop
head = y[:4].copy()
# %% tail_changed keep
tail *= 4
# %% head_changed drop
head[:] = 0
# %% look drop
print(y.max(), head.max())
# %% evaluate keep
model = LinearRegression().fit(X, y)
score = r2_score(y, model.predict(X))
