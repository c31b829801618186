# Whether a name exists decides the branch, so to delete it must be kept; so is deleting an item
# and an attribute.
# %% imports keep
import celltrail
# %% override keep
override = 100.0
# %% table keep
table = {"a": 1.0, "b": 20.0}
# %% other drop
other = {"a": 5}
# %% use_override keep
table["c"] = override / 8
# %% delete keep
del override
# %% delete_item keep
del table["b"]
# %% delete_other drop
del other["a"]
# %% shown drop
print(table)
# %% evaluate keep
try:
    level = override
except NameError:
    level = 0.5
total = level + sum(table.values())
celltrail.log_metric("total", total)
