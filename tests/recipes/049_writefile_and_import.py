# %%writefile makes a module that a later cell imports; another module is written and unused.
# %% module keep
%%writefile shaping.py
def shape(x):
    return x**2 - x
# %% other_module drop
%%writefile plotting.py
def plot(x):
    return str(x)
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% use keep
from shaping import shape
# %% other_use drop
import plotting
plotting.plot(3)
# %% data keep
x = np.linspace(0, 3, 20)
y = np.exp(x / 2)
# %% evaluate keep
X = shape(x)[:, None]
model = LinearRegression().fit(X, y)
score = r2_score(y, model.predict(X))
