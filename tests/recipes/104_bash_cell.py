# A %%bash cell writes the data; another one only prints.
# %% make keep
%%bash
printf 'x,y\n1,3\n2,4\n3,9\n5,10\n' > made.csv
# %% print drop
%%bash
echo nothing
# %% imports keep
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% read keep
df = pd.read_csv("made.csv")
# %% count drop
len(df)
# %% fit keep
model = Ridge(alpha=4.0).fit(df[["x"]], df["y"])
# %% evaluate keep
score = r2_score(df["y"], model.predict(df[["x"]]))
