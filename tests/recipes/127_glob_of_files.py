# Two files are found by a pattern and joined; a third one does not match it.
# %% imports keep
import glob
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% one keep
pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 5.0]}).to_csv("part_1.csv", index=False)
# %% two keep
pd.DataFrame({"x": [3.0, 4.0], "y": [2.0, 9.0]}).to_csv("part_2.csv", index=False)
# %% other drop
pd.DataFrame({"x": [0.0]}).to_csv("whole.csv", index=False)
# %% read keep
df = pd.concat([pd.read_csv(path) for path in sorted(glob.glob("part_*.csv"))])
# %% look drop
df
# %% evaluate keep
model = LinearRegression().fit(df[["x"]], df["y"])
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
