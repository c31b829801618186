# __init_subclass__ registers each subclass when it is defined; the fit goes through all.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% base keep
class Feature:
    known = []
    def __init_subclass__(cls):
        Feature.known.append(cls)
# %% square keep
class Square(Feature):
    def of(self, x):
        return x**2
# %% apart drop
class Draft:
    def of(self, x):
        return x * 0
# %% apart_used drop
Draft().of(3)
# %% root keep
class Root(Feature):
    def of(self, x):
        return np.sqrt(x)
# %% data keep
x = np.linspace(0.1, 4, 15)
y = np.log(x)
# %% evaluate keep
X = np.column_stack([kind().of(x) for kind in Feature.known])
model = LinearRegression().fit(X, y)
error = mean_squared_error(y, model.predict(X))
