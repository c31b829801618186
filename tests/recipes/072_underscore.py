# `_` is what the cell before displayed. Statements in between display nothing.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [1.0, 2.0, 6.0, 7.0, 9.0]})
# %% shown drop
df.shape
# %% displayed keep
df.query("x > 1")
# %% silent drop
note = "the first row is odd"
# %% taken keep
part = _
# %% tail drop
df.tail(1)
# %% fit keep
model = LinearRegression().fit(part[["x"]], part["y"])
# %% evaluate keep
score = r2_score(df["y"], model.predict(df[["x"]]))
