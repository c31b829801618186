# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
d = 100
# %% trees
scores = [
    DecisionTreeClassifier(max_depth=d, random_state=0).fit(X, y).score(X, y) for d in (1, 2)
]
# %% guesses
guesses = {"zeros": np.zeros(4, dtype=int), "copy": y.copy()}
# %% named
named = {name: accuracy_score(y, guess) for name, guess in guesses.items()}
