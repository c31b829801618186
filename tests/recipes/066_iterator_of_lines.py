# An iterator over a list: the header is taken off by next(), then the rows follow.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% lines keep
lines = ["x,y", "900,900", "1,2", "2,3", "3,7", "4,8"]
# %% iterator keep
reader = iter(lines)
# %% header keep
header = next(reader)
# %% preview drop
lines[:2]
# %% skipped keep
next(reader)
# %% again drop
again = iter(lines)
next(again)
# %% rows keep
table = np.array([[float(part) for part in line.split(",")] for line in reader])
# %% evaluate keep
model = LinearRegression().fit(table[:, :1], table[:, 1])
error = mean_absolute_error(table[:, 1], model.predict(table[:, :1]))
