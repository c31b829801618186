# A name is deleted and made again; the first life of it does not count, nor does deleting it.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% first drop
x = np.zeros(5)
# %% change drop
x += 7
# %% delete drop
del x
# %% gone drop raises
x.mean()
# %% second keep
x = np.array([1.0, 2.0, 4.0, 8.0, 9.0])
# %% target keep
y = np.log(x)
# %% spare drop
spare = y.copy()
del spare
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
score = r2_score(y, model.predict(x[:, None]))
