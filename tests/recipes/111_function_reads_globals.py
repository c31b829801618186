# A function reads globals when it is called, not when it is defined: of three values of `cut`
# the one before the call counts.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% cut_first drop
cut = 1.0
# %% define keep
def kept(values):
    return values[values < cut]
# %% cut keep
cut = 7.0
# %% outer keep
def prepared(values):
    return kept(values) * gain
# %% gain keep
gain = np.array([1.0, 1.0, 4.0, 2.0])
# %% use keep
y = prepared(np.array([1.0, 9.0, 2.0, 3.0, 8.0, 5.0]))
# %% cut_last drop
cut = 3.0
# %% again drop
kept(y)
# %% evaluate keep
X = np.arange(4.0)[:, None]
model = LinearRegression().fit(X, y)
score = r2_score(y, model.predict(X))
