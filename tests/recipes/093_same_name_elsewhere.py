# The same names in functions, comprehensions, lambdas and as attributes are other things.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
# %% alpha keep
alpha = 3.0
# %% function drop
def describe(alpha):
    weights = alpha + 1
    return weights
# %% function_used drop
describe(8)
# %% weights keep
weights = np.array([1.0, 2.0, 3.0, 4.0])
# %% attribute drop
class Box:
    alpha = 100
    weights = None
# %% lambda drop
pick = lambda weights: weights[0]
pick([5])
# %% loop drop
total = sum(alpha for alpha in (1, 2, 3))
# %% evaluate keep
X = np.array([[1.0], [2.0], [3.0], [7.0]])
model = Ridge(alpha=alpha).fit(X, weights**2)
error = mean_absolute_error(weights**2, model.predict(X))
