# The default list is made once and grows with each call that leaves it out.
# %% imports keep
import celltrail
# %% define keep
def collect(value, into=[]):
    into.append(value)
    return into
# %% first keep
collect(5.0)
# %% apart drop
collect(100.0, [])
# %% second keep
collect(2.0)
# %% other drop
def gather(value, into=None):
    into = into or []
    into.append(value)
    return into
# %% other_used drop
gather(1.0)
# %% third keep
values = collect(11.0)
# %% evaluate keep
mean = sum(values) / len(values)
celltrail.log_metric("mean", mean)
