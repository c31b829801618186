# rng.shuffle changes the array that was passed, through an alias; a shuffled copy does not.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% data keep
x = np.arange(12.0)
y = x.copy()
# %% rng keep
rng = np.random.default_rng(11)
# %% alias keep
rows = y[3:9]
# %% shuffle keep
rng.shuffle(rows)
# %% permuted drop
np.random.default_rng(1).permutation(x)
# %% shuffled_copy drop
spare = x.copy()
np.random.default_rng(2).shuffle(spare)
# %% shown drop
spare[:3]
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
score = r2_score(y, model.predict(x[:, None]))
