# %% imports
import pandas as pd
# %% load
df = pd.DataFrame({"x": [1, 2, 3], "y": [4.0, 5.0, 6.0]})
# %% view
a = df["x"].to_numpy()
# %% change
df.loc[0, "x"] = 99
# %% column
s = df["x"]
b = df["x"].to_numpy()
# %% change_again
df.loc[1, "x"] = 77
# %% show
print(a.tolist(), b.tolist(), s.tolist(), df["x"].tolist())
