# Reading the cached property fixes its value before the rows grow: the bare read must be kept.
# %% imports keep
from functools import cached_property
import celltrail
# %% class keep
class Data:
    def __init__(self, rows): self.rows = rows
    @cached_property
    def mean(self): return sum(self.rows) / len(self.rows)
# %% make keep
data = Data([1.0, 2.0, 6.0])
# %% touch keep
data.mean
# %% other drop
Data([5.0]).mean
# %% grow keep
data.rows.append(100.0)
# %% evaluate keep
value = data.mean + len(data.rows)
celltrail.log_metric("value", value)
