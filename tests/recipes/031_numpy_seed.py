# np.random.seed and a draw that is used; a draw after the use does not count.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% seed keep
np.random.seed(42)
# %% draw keep
X = np.random.normal(size=(30, 3))
# %% look drop
X.mean(axis=0)
# %% target keep
y = X @ [1.0, -1.0, 2.0] + np.random.normal(scale=0.5, size=30)
# %% after drop
spare = np.random.uniform(size=100)
# %% histogram drop
counts, edges = np.histogram(spare)
# %% fit keep
model = Ridge().fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
