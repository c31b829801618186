# A list in a dict in a list is changed from the outside and from the inside.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% steps keep
steps = [{"name": "select", "columns": ["a"]}, {"name": "fit", "rows": 6}]
# %% inner keep
chosen = steps[0]["columns"]
# %% shallow drop
titles = [step["name"] for step in steps]
# %% inner_changed keep
chosen.append("b")
# %% outer_changed keep
steps[1]["rows"] = 5
# %% titles_changed drop
titles.append("report")
# %% frame keep
df = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [3, 1, 2, 9, 4, 4], "y": [1.0, 2, 2, 7, 5, 40]})
# %% part keep
part = df.head(steps[1]["rows"])
# %% evaluate keep
model = LinearRegression().fit(part[steps[0]["columns"]], part["y"])
error = mean_squared_error(part["y"], model.predict(part[steps[0]["columns"]]))
