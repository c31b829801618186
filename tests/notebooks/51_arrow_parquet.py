# %% imports
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
# %% make
table = pa.table({"x": [1, 2, 3]})
spare = pa.table({"x": [0]})
pq.write_table(table, "table.parquet")
# %% read
df = pd.read_parquet("table.parquet")
back = pq.read_table("table.parquet")
# %% write
df.to_parquet("frame.parquet")
# %% read_more
more = pd.read_parquet("frame.parquet", columns=["x"])
print(more.shape, back.num_rows)
