# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
spare = 7
# %% sweep
scores = {}
for depth in [1, 2]:
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
    tree.fit(X, y)
    scores[depth] = accuracy_score(y, tree.predict(X))
# %% final
depth = min(scores, key=scores.get)
chosen = DecisionTreeClassifier(max_depth=depth, random_state=3)
chosen.fit(X, y)
accuracy = accuracy_score(y, chosen.predict(X))
# %% after
last = accuracy_score(y, tree.predict(X))
