# A frame in a dict is the same frame; its deep copy in another dict is not.
# %% imports keep
import copy
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 3.0, 2.0, 5.0]})
# %% box keep
box = {"train": df, "note": "raw"}
# %% apart drop
apart = copy.deepcopy(box)
# %% change keep
box["train"].loc[3, "y"] = 12.0
# %% apart_change drop
apart["train"]["y"] = 0.0
# %% show drop
apart["train"]
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
