# Methods change the object; the calls on another object of the class do not count.
# %% imports keep
import numpy as np
import celltrail
# %% class keep
class Running:
    def __init__(self):
        self.total, self.count = 0.0, 0
    def add(self, values):
        self.total += float(np.sum(values))
        self.count += len(values)
        return self
    @property
    def mean(self):
        return self.total / self.count
# %% make keep
running = Running()
# %% other drop
parallel = Running()
# %% first keep
running.add([1, 2, 3])
# %% other_add drop
parallel.add([100])
# %% second keep
running.add([10])
# %% look drop
parallel.mean
# %% evaluate keep
mean = running.mean
celltrail.log_metric("mean", mean)
