# The appending cell ran twice and both rows are in the list; the cell that rebinds ran twice too,
# and only its second run counts.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% rows keep
rows = [(0.0, 1.0), (1.0, 1.5)]
# %% append keep
rows.append((len(rows) * 2.0, len(rows) ** 2.0))
# %% weight drop
weight = 1.0
# %% append#2 keep
rows.append((len(rows) * 2.0, len(rows) ** 2.0))
# %% weight#2 keep
weight = 0.25
# %% show drop
rows
# %% evaluate keep
table = np.array(rows)
model = LinearRegression().fit(table[:, :1], weight * table[:, 1] ** 2)
score = r2_score(weight * table[:, 1], model.predict(table[:, :1]))
