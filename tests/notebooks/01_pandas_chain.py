# %% imports
import pandas as pd
# %% load
df = pd.DataFrame({"g": ["a", "b", "a", "b"], "x": [1, 2, 3, 4]})
# %% decoys
x = 5
double = 7
# %% chain
means = (
    df.query("x > 1")
    .assign(double=lambda d: d["x"] * 2)
    .groupby("g")["double"]
    .mean()
)
# %% top
best = means.idxmax()
print(best, means.max())
