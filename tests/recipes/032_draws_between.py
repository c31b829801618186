# What is drawn between the seed and the use is thrown away, but moves the stream: must keep.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% seed keep
np.random.seed(1)
# %% thrown_away keep
unused = np.random.rand(7)
# %% no_draw drop
fixed = np.linspace(0, 1, 7)
fixed.std()
# %% permutation keep
np.random.permutation(5)
# %% data keep
x = np.random.rand(15)
y = 2 * x + np.random.rand(15)
# %% later drop
np.random.rand(3)
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
error = mean_squared_error(y, model.predict(x[:, None]))
