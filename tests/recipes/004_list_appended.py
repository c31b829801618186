# A list of columns grows in place; another list is made from it and grows too.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% frame keep
df = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [4, 1, 7, 2, 9, 3], "y": [3, 1, 6, 4, 9, 5]})
# %% columns keep
columns = ["a"]
# %% wider drop
wider = columns + ["b", "c"]
# %% append keep
columns.append("b")
# %% wider_append drop
wider.append("d")
# %% fit keep
model = LinearRegression().fit(df[columns], df["y"])
# %% evaluate keep
score = r2_score(df["y"], model.predict(df[columns]))
# %% append_after drop
columns.append("nothing")
