# `more is rows`, so what is appended through one name is there under the other; a copy is not.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% rows keep
rows = [(1, 2.0), (2, 4.1), (3, 5.8)]
# %% alias keep
more = rows
# %% copy drop
spare = list(rows)
# %% append keep
more.append((4, 9.5))
# %% copy_append drop
spare.append((50, 0.0))
# %% length drop
len(rows), len(spare)
# %% arrays keep
table = np.array(rows)
# %% evaluate keep
model = LinearRegression().fit(table[:, :1], table[:, 1])
score = r2_score(table[:, 1], model.predict(table[:, :1]))
