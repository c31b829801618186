# A column is scaled through a view of the array before the cell raises; rows are zeroed through
# another view. A copy that is changed has no part in it.
# %% imports keep
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% typo drop raises
X.men()
# %% scale keep raises
bmi = X[:, 2]
bmi *= 10
bmi -= bmi.mean()
X.columns = ["age", "sex", "bmi"]
# %% look drop
bmi[:5]
# %% zero keep
head = X[:300]
head[:, 0] = 0.0
# %% copy drop
tail = X[300:].copy()
tail[:, 1] = 99
# %% spread drop
np.ptp(X, axis=0).round(2)
# %% fit keep
model = Ridge(alpha=1.0).fit(X, y)
# %% coefficients drop raises
dict(zip(names, model.coef_))
# %% evaluate keep
error = mean_absolute_error(y, model.predict(X))
