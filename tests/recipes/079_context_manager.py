# A context manager of our own holds a level for the time of its block; entering it is in the
# fitting cell, changing what it enters is in a cell before.
# %% imports keep
from contextlib import contextmanager
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% level keep
LEVELS = [1.0]
# %% manager keep
@contextmanager
def strength(value):
    LEVELS.append(value)
    try:
        yield
    finally:
        LEVELS.pop()
# %% other drop
@contextmanager
def titled(text):
    print(text)
    yield
# %% other_used drop
with titled("ridge"):
    print("nothing")
# %% data keep
X, y = make_regression(30, 2, noise=9, random_state=15)
# %% fit keep
with strength(30.0):
    model = Ridge(alpha=LEVELS[-1]).fit(X, y)
# %% look drop
len(LEVELS)
# %% evaluate keep
score = r2_score(y, model.predict(X) * LEVELS[-1])
