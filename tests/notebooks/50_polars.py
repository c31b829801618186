# %% imports
import polars as pl
# %% make
df = pl.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "a"]})
same = df
x = 5
# %% filter
big = df.filter(pl.col("x") > 1)
# %% write
df.write_csv("frame.csv")
df.write_parquet("frame.parquet")
# %% read
again = pl.read_csv("frame.csv")
deep = pl.read_parquet("frame.parquet")
# %% change
df[0, "x"] = 99
# %% show
print(df["x"].to_list(), same["x"].to_list(), big.height)
