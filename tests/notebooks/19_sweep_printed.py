# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
extra = np.zeros(4)
# %% sweep
for depth in [1, 2]:
    model = DecisionTreeClassifier(max_depth=depth, random_state=0)
    model.fit(X, y)
    pred = model.predict(X)
    print(f"depth {depth}: {accuracy_score(y, pred):.2f}")
