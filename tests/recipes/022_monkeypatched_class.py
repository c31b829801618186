# A method is replaced on the class after the instance was made; the instance uses the new one.
# The patch of the other method is never called: either, for the class is one object.
# %% imports keep
import numpy as np
from sklearn.metrics import mean_absolute_error
# %% class keep
class Baseline:
    def fit(self, y):
        self.level = float(np.mean(y))
        return self
    def predict(self, n):
        return np.full(n, self.level)
    def describe(self):
        return "mean"
# %% data keep
y = np.array([1.0, 2.0, 2.0, 3.0, 30.0])
# %% fit keep
model = Baseline().fit(y)
# %% spare drop
spare = Baseline().fit(y[:2])
print(spare.level)
# %% patch keep
def trimmed(self, n):
    return np.full(n, self.level / 2)
Baseline.predict = trimmed
# %% patch_unused either
Baseline.describe = lambda self: "half of the mean"
# %% unbound drop
def unbound(self, n):
    return np.zeros(n)
# %% evaluate keep
error = mean_absolute_error(y, model.predict(len(y)))
