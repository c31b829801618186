# A Generator moves with each draw; draws from another Generator do not move it.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% rng keep
rng = np.random.default_rng(3)
# %% other drop
other = np.random.default_rng(4)
# %% burn keep
rng.normal(size=4)
# %% other_draw drop
other.normal(size=1000).std()
# %% data keep
x = rng.uniform(size=20)
y = x + rng.normal(scale=0.1, size=20)
# %% after drop
rng.random()
# %% global_seed drop
np.random.seed(5)
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
error = mean_squared_error(y, model.predict(x[:, None]))
