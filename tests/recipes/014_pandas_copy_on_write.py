# pandas 3 copies on write: to change the Series does not change the frame it came from.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [1.0, 2.5, 2.0, 4.5, 5.0]})
# %% column drop
column = df["x"]
# %% column_changed drop
column.iloc[0] = 99.0
# %% part drop
part = df[df["x"] > 2]
# %% part_changed drop
part.loc[:, "y"] = 0.0
# %% cell_changed keep
df.loc[4, "y"] = 9.0
# %% fit keep
model = LinearRegression().fit(df[["x"]], df["y"])
# %% evaluate keep
score = r2_score(df["y"], model.predict(df[["x"]]))
