# %cd changes the folder in which the file is found.
# %% folder keep
import os
os.makedirs("inputs", exist_ok=True)
# %% write keep
%%writefile inputs/table.csv
x,y
1,2
2,5
3,4
4,9
# %% spare drop
%%writefile spare.csv
x,y
0,0
# %% go keep
%cd -q inputs
# %% imports keep
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% read keep
df = pd.read_csv("table.csv")
# %% look drop
df.dtypes
# %% evaluate keep
model = LinearRegression().fit(df[["x"]], df["y"])
error = mean_absolute_error(df["y"], model.predict(df[["x"]]))
