# The cell was run, edited and run again. Its first version changed the frame in place, so both
# count although the notebook only shows the second.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 3.0, 7.0, 8.0]})
# %% adjust keep
df["y"] += 10 * (df["x"] > 2)
# %% means drop
df.mean()
# %% adjust#2 keep
df["x"] = df["x"] ** 2
# %% draft drop
draft = df[["x"]] + 1
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
