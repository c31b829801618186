# Columns are added step by step; a summary and a pivot are made on the way and lead nowhere.
# %% imports keep
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% frame keep
df = pd.DataFrame({"rooms": [2, 3, 4, 3, 5, 6, 2, 4], "age": [30, 5, 12, 40, 8, 3, 55, 20]})
df["price"] = [110, 210, 260, 150, 330, 420, 90, 240]
# %% describe drop
df.describe()
# %% ratio keep
df["per_year"] = df["rooms"] / np.sqrt(df["age"])
# %% summary drop
by_rooms = df.groupby("rooms")["price"].mean()
by_rooms
# %% columns keep
columns = ["rooms", "per_year"]
# %% pivot drop
pivot = df.assign(old=df["age"] > 10).pivot_table(index="old", values="price")
# %% fit keep
model = LinearRegression().fit(df[columns], df["price"])
# %% evaluate keep
error = mean_squared_error(df["price"], model.predict(df[columns]))
