# %% imports
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 1, 0])
# %% models
dummy = DummyClassifier(strategy="most_frequent")
models = {"tree": DecisionTreeClassifier(max_depth=2, random_state=0), "dummy": dummy}
backup = dict(name="none")
# %% fit_one
models["tree"].fit(X, y)
# %% one
models["tree"].score(X, y)
# %% loop
for name, m in models.items():
    m.fit(X, y)
    print(name, m.score(X, y))
