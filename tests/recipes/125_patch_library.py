# A function of a library is replaced on its module.
# %% imports keep
import math
import statistics
import celltrail
# %% patch keep
statistics.fmean = lambda values: max(values) / 3
# %% data keep
values = [1.0, 2.0, 8.0]
# %% look drop
sorted(values)
# %% other drop
half = math.sqrt(2) / 2
# %% evaluate keep
value = statistics.fmean(values)
celltrail.log_metric("value", value)
