# Names are swapped and rebound: which object a name means depends on the cells in between.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% first keep
a = np.array([1.0, 2.0, 3.0, 5.0])
# %% second keep
b = np.array([2.0, 2.5, 8.0, 9.0])
# %% swap keep
a, b = b, a
# %% change keep
a[0] = -3.0
# %% copy drop
c = a.copy()
c += 100
# %% shown drop
print(c.sum())
# %% rebound keep
b = b**2
# %% evaluate keep
model = LinearRegression().fit(a[:, None], b)
error = mean_squared_error(b, model.predict(a[:, None]))
