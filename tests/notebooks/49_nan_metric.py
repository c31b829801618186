# %% imports
import warnings
import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.metrics import max_error, r2_score
warnings.filterwarnings("ignore")
# %% fit
X = np.zeros((1, 1))
y = np.array([3.0])
spare = y + 1
reg = DummyRegressor(strategy="mean").fit(X, y)
# %% eval
r2 = r2_score(y, reg.predict(X))
low = np.log(max_error(y, reg.predict(X)))
