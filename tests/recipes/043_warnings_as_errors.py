# The filter turns the warning into an error, and so decides which branch is taken.
# %% imports keep
import warnings
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
# %% strict keep
warnings.simplefilter("error")
# %% data keep
X = np.column_stack([np.arange(12.0) ** 3, np.cos(np.arange(12.0))])
y = np.array([0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1])
# %% look drop
X.max(axis=0)
# %% fit keep
try:
    model = LogisticRegression(max_iter=1).fit(X, y)
except Warning:
    model = LogisticRegression(max_iter=500).fit(X / X.max(axis=0), y)
# %% lenient drop
warnings.simplefilter("ignore")
# %% hasty drop
hasty = LogisticRegression(max_iter=2).fit(X, y)
# %% evaluate keep
loss = log_loss(y, model.predict_proba(X / X.max(axis=0)))
