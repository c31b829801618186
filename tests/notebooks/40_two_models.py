# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
spare = y + 1
# %% train
tree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
near = KNeighborsClassifier(n_neighbors=1, weights="distance").fit(X, y)
# %% eval_tree
acc = accuracy_score(y, tree.predict(X))
# %% eval_near
acc = accuracy_score(y, near.predict(X))
