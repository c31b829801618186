# The cell raises, but only after it has changed the frame: what it did before stays.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 4.0, 9.0, 16.0]})
# %% broken keep raises
df["x"] = df["x"] ** 1.8
df["z"] = df["no_such_column"]
# %% typo drop raises
df.meen()
# %% syntax drop raises
df["x" = 3
# %% columns drop
df.columns.tolist()
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
