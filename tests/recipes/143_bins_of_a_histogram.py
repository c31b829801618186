# The number of bins is a default of matplotlib, set in a cell; how figures look is set elsewhere,
# and a context puts back what it changes.
# %% imports keep
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% bins keep
plt.rcParams["hist.bins"] = 6
# %% data keep
df = load_diabetes(as_frame=True).frame
# %% scatter drop
with plt.rc_context({"font.size": 20}):
    plt.scatter(df["bmi"], df["target"])
    plt.close("all")
# %% histogram keep
counts, edges, _ = plt.hist(df["bmi"])
plt.close("all")
# %% counts drop
counts.astype(int).tolist()
# %% binned keep
df["bin"] = np.digitize(df["bmi"], edges[1:-1])
# %% by_bin drop
df.groupby("bin")["target"].mean()
# %% evaluate keep
model = LinearRegression().fit(df[["bin"]], df["target"])
score = r2_score(df["target"], model.predict(df[["bin"]]))
