# df = df.pipe(f) again and again: each step needs the one before; a side branch leads nowhere.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 40.0, 5.0], "y": [1.2, 1.9, 3.5, 4.0, 4.6]})
# %% steps keep
def capped(frame, top):
    return frame.assign(x=frame["x"].clip(upper=top))
def squared(frame):
    return frame.assign(x2=frame["x"] ** 2)
# %% cap keep
df = df.pipe(capped, top=8.0)
# %% side drop
side = df.pipe(capped, top=2.0)
# %% square keep
df = df.pipe(squared)
# %% side_shown drop
side.describe()
# %% shift keep
df = df.assign(y=df["y"].shift(1, fill_value=0.5))
# %% evaluate keep
model = LinearRegression().fit(df[["x", "x2"]], df["y"])
score = r2_score(df["y"], model.predict(df[["x", "x2"]]))
