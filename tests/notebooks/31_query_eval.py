# %% imports
import pandas as pd
# %% data
df = pd.DataFrame({"x": [1, 2, 3], "y": [1, 1, 2]})
thr = 1
y = 100
a, b = 2, 3
# %% query
big = df.query("x > @thr and y < 5")
# %% eval
total = pd.eval("a * b")
# %% plain_eval
twice = eval("b * 2")
# %% frame_eval
df.eval("z = x + @thr", inplace=True)
# %% show
print(big, total, twice, df)
