# %% data
import pandas as pd
df = pd.DataFrame({"x": [1, 2, 3]})
thr = 1
limit = 2
spare = 3
text = "x <= @limit"
column = "x"
# %% formatted
part = df.query(f"{column} > @thr")
# %% variable
some = df.query(text)
# %% show
print(part, some)
