# A star import brings the function that is used; another star import brings nothing that is.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
# %% star keep
from sklearn.metrics import *
# %% other_star drop
from colorsys import *
# %% color drop
rgb_to_hsv(0.1, 0.5, 0.2)
# %% data keep
x = np.arange(10.0)[:, None]
y = np.sqrt(x.ravel()) + 1
# %% fit keep
model = LinearRegression().fit(x, y)
# %% residuals drop
residuals = y - model.predict(x)
# %% evaluate keep
error = mean_squared_error(y, model.predict(x))
