# The kernel is restarted; what the first session had in memory is gone, its file is not.
# %% imports keep
import pandas as pd
# %% write keep
pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 3.0, 7.0]}).to_csv("rows.csv", index=False)
# %% strength drop
strength = 5.0
# %% df drop
df = pd.read_csv("rows.csv").assign(y=0)
# %% --- restart
# %% imports#2 keep
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% strength#2 keep
strength = 0.5
# %% df#2 keep
df = pd.read_csv("rows.csv")
# %% head drop
df.head()
# %% evaluate keep
model = Ridge(alpha=strength).fit(df[["x"]], df["y"])
score = r2_score(df["y"], model.predict(df[["x"]]))
