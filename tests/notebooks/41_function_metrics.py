# %% imports
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, mean_absolute_error
# %% data
X = np.zeros((4, 1))
y = np.array([0, 1, 1, 1])
spare = X + 1
# %% define
def evaluate(model):
    p = model.predict(X)
    return {"acc": accuracy_score(y, p), "mae": mean_absolute_error(y, p)}
def report(model):
    shown = accuracy_score(y, model.predict(X))
    print(f"shown {shown:.2f}")
def error(model, X, y):
    return 1.0 - accuracy_score(y, model.predict(X))
def both(model):
    p = model.predict(X)
    return accuracy_score(y, p), mean_absolute_error(y, p)
def rows(model):
    return len(model.predict(X))
# %% train
model = DummyClassifier(strategy="most_frequent").fit(X, y)
# %% whole
scores = evaluate(model)
# %% printed
report(model)
# %% single
err = error(model, X, y)
# %% bare
error(model, X, y)
# %% pair
right, wrong = both(model)
# %% count
n = rows(model)
