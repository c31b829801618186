# The factory's argument lives on in the closure; a global of the same name is not it.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% factory keep
def make_scaler(factor):
    def scale(values):
        return values**factor
    return scale
# %% scaler keep
scale = make_scaler(1.7)
# %% same_name drop
factor = 100
# %% wider drop
wide = make_scaler(3)
# %% data keep
x = np.arange(1.0, 9.0)
y = x**2
# %% use keep
X = scale(x).reshape(-1, 1)
# %% wide_used drop
wide(x).max()
# %% evaluate keep
model = LinearRegression().fit(X, y)
error = mean_squared_error(y, model.predict(X))
