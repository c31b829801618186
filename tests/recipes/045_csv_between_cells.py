# The frame goes through a CSV file, which rounds it; another file is written and not read.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
raw = pd.DataFrame({"x": [1 / 3, 2 / 3, 1.5, 2.2], "y": [1.0, 1.7, 3.1, 4.9]})
# %% write keep
raw.to_csv("clean.csv", index=False, float_format="%.1f")
# %% write_other drop
raw.describe().to_csv("summary.csv")
# %% read keep
df = pd.read_csv("clean.csv")
# %% read_other drop
pd.read_csv("summary.csv")
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% export drop
df.assign(predicted=model.predict(df[["x"]])).to_csv("predicted.csv")
# %% evaluate keep
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
