# %% imports
import pandas as pd
# %% write
df = pd.DataFrame({"x": [1, 2]})
df.to_csv("data.csv", index=False)
# %% read
again = pd.read_csv("data.csv")
# %% outside
raw = pd.read_csv("given.csv")
# %% overwrite
df["x"] = df["x"] + 1
df.to_csv("data.csv", index=False)
# %% read_more
path = "data.csv"
third = pd.read_csv(path, usecols=["x"])
# %% show
print(again, raw, third)
