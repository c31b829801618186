# A cell fails with nothing done, is edited and run again. Only the second version counts.
# %% imports keep
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% frame keep
df = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 6.0], "y": [1.0, 3.0, 3.5, 5.0, 5.5]})
# %% fit drop raises
model = Ridge(alpha=alfa).fit(df[["x"]], df["y"])
# %% alpha drop
alpha = 100.0
# %% alpha#2 keep
alpha = 2.0
# %% fit#2 keep
model = Ridge(alpha=alpha).fit(df[["x"]], df["y"])
# %% look drop
model.coef_
# %% evaluate keep
score = r2_score(df["y"], model.predict(df[["x"]]))
