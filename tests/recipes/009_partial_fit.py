# Every partial_fit moves the model further; the one on the other model does not.
# %% imports keep
import numpy as np
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_squared_error
# %% data keep
X = np.linspace(-1, 1, 40).reshape(-1, 1)
y = 3 * X.ravel() + 1
# %% models keep
model, spare = SGDRegressor(random_state=0), SGDRegressor(random_state=1)
# %% first keep
model.partial_fit(X[:20], y[:20])
# %% look drop
model.coef_, model.intercept_
# %% spare drop
spare.partial_fit(X, y)
# %% second keep
model.partial_fit(X[20:], y[20:])
# %% spare_again drop
spare.partial_fit(X, y)
# %% evaluate keep
error = mean_squared_error(y, model.predict(X))
