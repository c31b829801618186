# A module of our own keeps state that calls of its functions change.
# %% write keep
%%writefile collector.py
items = []
def add(x):
    items.append(x)
def total():
    return float(sum(items))
# %% write_other drop
%%writefile unused_mod.py
q = 1
# %% imports keep
import celltrail
import collector
# %% one keep
collector.add(5)
# %% two keep
collector.add(7)
# %% noise drop
len("abc")
# %% evaluate keep
value = collector.total()
celltrail.log_metric("value", value)
