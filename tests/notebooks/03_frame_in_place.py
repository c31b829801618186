# %% imports
import pandas as pd
# %% load
df = pd.DataFrame({"x": [3, 1, 2], "y": [1.0, None, 3.0]})
same = df
twin = df.copy()
part = df[df["x"] > 1]
# %% add
df["z"] = df["x"] * 10
# %% sort
same.sort_values("x", inplace=True)
# %% fill
df = df.fillna(0.0)
# %% drop
df.drop(columns="y", inplace=True)
# %% use
print(df.shape, same.shape, twin.shape, part.shape)
