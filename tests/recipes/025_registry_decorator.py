# Decorated functions put themselves into a list that the training goes through.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% registry keep
FEATURES = []
def feature(function):
    FEATURES.append(function)
    return function
# %% square keep
@feature
def square(x):
    return x**2
# %% cube drop
def cube(x):
    return x**3
# %% wave keep
@feature
def wave(x):
    return np.sin(x)
# %% plotted drop
[cube(value) for value in range(4)]
# %% data keep
x = np.linspace(0, 5, 25)
y = np.sqrt(x) + 0.3 * np.cos(3 * x)
# %% design keep
X = np.column_stack([make(x) for make in FEATURES])
# %% look drop
print(X.shape, [make.__name__ for make in FEATURES])
# %% evaluate keep
model = LinearRegression().fit(X, y)
score = r2_score(y, model.predict(X))
