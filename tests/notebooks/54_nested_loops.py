# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
leaf = 50
# %% sweep
for depth in [1, 2]:
    for leaf in [1, 2]:
        tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=0)
        tree.fit(X, y)
        print(depth, leaf, accuracy_score(y, tree.predict(X)))
