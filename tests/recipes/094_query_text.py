# Names stand in the text of query() and eval(): @limit is a read, so is the column's name.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% limit keep
limit = 6
# %% bound drop
bound = 2
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 5.0, 8.0], "y": [1.0, 3.0, 4.0, 4.0, 20.0]})
# %% small drop
df.query("x < @bound")
# %% part keep
part = df.query("x < @limit")
# %% product keep
factor = 0.4
# %% eval keep
part = part.eval("z = x ** @factor")
# %% fit keep
model = LinearRegression().fit(part[["z"]], part["y"])
# %% evaluate keep
score = r2_score(part["y"], model.predict(part[["z"]]))
