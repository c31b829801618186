# The array of a column shares the frame's memory (tried on pandas 3): a later change of the
# frame in place shows in the array. A Series taken before does not change.
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [1.0, 2.5, 2.0, 4.5, 5.0]})
# %% values keep
target = df["y"].to_numpy()
# %% mean drop
df["y"].mean()
# %% change keep
df.loc[0, "y"] = 30.0
# %% other drop
other = df["x"].to_numpy().copy()
other[0] = -5
# %% fit keep
model = LinearRegression().fit([[1.0], [2.0], [3.0], [4.0], [5.0]], target)
# %% evaluate keep
error = mean_absolute_error(target, model.predict([[1.0], [2.0], [3.0], [4.0], [5.0]]))
