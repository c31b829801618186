# Arrays are scaled in place before the fit; one is wiped after its last use, before the metric.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
# %% data keep
X = np.arange(24.0).reshape(8, 3) % 7
y = X @ [1.0, -2.0, 0.5] + np.sin(np.arange(8))
# %% scale keep
X *= 3
# %% ranked drop
ranked = np.sort(X, axis=0)
# %% clip keep
np.clip(X, 2, 15, out=X)
# %% ranked_changed drop
ranked[0] = -1
# %% predict keep
predicted = Ridge(alpha=5).fit(X, y).predict(X)
# %% wipe drop
X[:] = 0
# %% evaluate keep
error = mean_squared_error(y, predicted)
