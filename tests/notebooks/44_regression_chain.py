# %% imports
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0.0, 1.0, 2.0, 6.0])
# %% fit
reg = LinearRegression(fit_intercept=True).fit(X, y)
avg = float(y.mean())
# %% eval
pred = reg.predict(X)
mse = mean_squared_error(y, pred)
rmse = mse ** 0.5
root = np.sqrt(mean_squared_error(y, pred))
r2 = reg.score(X, y)
n = len(pred)
gap = np.abs(y - pred)
scale = float(y.max())
# %% later
half = rmse / 2
worst = gap.max()
twice = scale * 2
