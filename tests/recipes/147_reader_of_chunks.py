# A file is read in chunks; a cell took the first chunk for a look, so the rest is without it. The
# file had been written by a function that keeps the handle, and closed in another cell.
# %% imports keep
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% data keep
iris = load_iris(as_frame=True).frame
iris.columns = ["sl", "sw", "pl", "pw", "kind"]
# %% open keep
out = open("iris.csv", "w")
out.write("sl,sw,pl,pw\n")
# %% counts drop
iris["kind"].value_counts()
# %% lines keep
for row in iris.itertuples(index=False):
    out.write(f"{row.sl},{row.sw},{row.pl},{row.pw * 2}\n")
# %% close keep
out.close()
# %% preview drop
pd.read_csv("iris.csv", nrows=3)
# %% reader keep
reader = pd.read_csv("iris.csv", chunksize=40)
# %% first keep
first = next(reader)
# %% first_look drop
first.describe()
# %% rest keep
rest = pd.concat(reader)
# %% size drop
len(rest), rest["pl"].mean()
# %% evaluate keep
model = LinearRegression().fit(rest[["sl", "pl"]], rest["pw"])
error = mean_absolute_error(rest["pw"], model.predict(rest[["sl", "pl"]]))
