# inplace=True and item assignment change the frame; a change after the last use does not count.
# result=evaluate
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, None, 4.0, 5.0, 90.0], "y": [2.0, 3.9, 6.2, 8.1, 9.7, 12.0]})
# %% missing drop
df.isna().sum()
# %% fill keep
df["x"] = df["x"].fillna(3.0)
# %% outlier keep
df.drop(index=5, inplace=True)
# %% backup drop
backup = df.copy()
backup["y"] = 0
# %% scale keep
df.loc[0, "y"] = 2.6
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
# %% ruin drop
df["x"] = 0.0
# %% again drop
error = mean_squared_error(df["y"], model.predict(df[["x"]]))
