# The cells stand as step1 to step5 in the notebook and ran in another order: what counts is the
# order in which they ran. step2 ran before step1 was edited and is replaced by its second run.
# %% step0 keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% step3 keep
columns = ["x"]
# %% step1 drop
df = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
# %% step2 drop
df["w"] = df["x"] ** 2
# %% step1#2 keep
df = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0.0, 1.5, 3.5, 9.0]})
# %% step2#2 keep
df["w"] = df["x"] ** 2 % 3
# %% step4 keep
columns.append("w")
# %% step6 drop
print(df.describe())
# %% step5 keep
model = LinearRegression().fit(df[columns], df["y"])
error = mean_squared_error(df["y"], model.predict(df[columns]))
