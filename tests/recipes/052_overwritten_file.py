# The first version of the file is overwritten before anyone reads it; a version written after
# the read does not count.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% draft drop
pd.DataFrame({"x": [0, 1], "y": [0, 0]}).to_csv("table.csv", index=False)
# %% frame keep
frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 2.5, 4.5, 5.0]})
# %% write keep
frame.to_csv("table.csv", index=False)
# %% read keep
df = pd.read_csv("table.csv")
# %% overwrite drop
frame.assign(y=0.0).to_csv("table.csv", index=False)
# %% columns drop
list(df.columns)
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_absolute_error(df["y"], model.predict(df[["x"]]))
