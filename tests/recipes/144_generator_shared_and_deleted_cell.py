# One generator is handed around under two names, also to scikit-learn; a cell that drew from it
# is no longer in the notebook. A generator of its own changes nothing.
# %% imports keep
import numpy as np
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
# %% generator keep
state = np.random.RandomState(5)
shared = {"split": state}
# %% data keep
X, y = load_wine(return_X_y=True)
# %% gone keep
jitter = state.normal(size=10)
# %% own drop
own = np.random.RandomState(5)
own.normal(size=3)
# %% jitter_look drop
jitter.round(1)
# %% split keep
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=shared["split"])
# %% after drop
classes, sizes = np.unique(y_train, return_counts=True)
# %% noise keep
X_train = X_train + state.normal(scale=2.0, size=X_train.shape)
# %% fit keep
tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_train, y_train)
# %% depth drop
tree.get_depth(), tree.get_n_leaves()
# %% evaluate keep
accuracy = accuracy_score(y_test, tree.predict(X_test))
