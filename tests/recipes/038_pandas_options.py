# The precision that pandas displays is read back and rounds the data. The number of rows shown
# is in the same options and does not count, but to tell options apart is asking much: either.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% precision keep
pd.set_option("display.precision", 1)
# %% rows either
pd.options.display.max_rows = 8
# %% frame keep
df = pd.DataFrame({"x": [0.123, 1.456, 2.789, 3.141], "y": [1.03, 1.58, 3.33, 3.97]})
# %% show drop
df
# %% round keep
df = df.round(pd.get_option("display.precision"))
# %% head drop
df.head(2)
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_absolute_error(df["y"], model.predict(df[["x"]]))
