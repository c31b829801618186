# The second seed makes the first one and its draws irrelevant.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% first_seed drop
np.random.seed(0)
# %% first_draw drop
trial = np.random.normal(size=50)
# %% first_look drop
trial.mean()
# %% seed keep
np.random.seed(99)
# %% draw keep
x = np.random.normal(size=20)
noise = np.random.normal(size=20)
# %% fit keep
y = 1.5 * x + noise
model = LinearRegression().fit(x.reshape(-1, 1), y)
# %% evaluate keep
score = r2_score(y, model.predict(x.reshape(-1, 1)))
