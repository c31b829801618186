# A function changes a frame that it takes from a dict; the columns are renamed in place.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% frames keep
frames = {"a": pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 1.0, 5.0, 6.0]})}
# %% helper keep
def add_lag(frame):
    frame["lag"] = frame["x"].shift(fill_value=7.0)
# %% call keep
for name in frames:
    add_lag(frames[name])
# %% shown drop
frames["a"].tail(2)
# %% dropna drop
frames["a"].dropna()
# %% rename keep
frames["a"].columns = ["x", "target", "lag"]
# %% fit keep
model = LinearRegression().fit(frames["a"][["x", "lag"]], frames["a"]["target"])
# %% evaluate keep
score = r2_score(frames["a"]["target"], model.predict(frames["a"][["x", "lag"]]))
