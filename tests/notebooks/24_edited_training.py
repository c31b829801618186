# %% imports
import numpy as np
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
spare = y * 2
# %% train
depth = 1
model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)
# %% eval
acc = model.score(X, y)
# %% train#2
model = DecisionTreeClassifier(max_depth=2).set_params(random_state=0)
model.fit(X, y)
