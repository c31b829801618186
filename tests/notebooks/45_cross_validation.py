# %% imports
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import KFold, cross_val_score
# %% data
X = np.zeros((6, 1))
y = np.ones(6, dtype=int)
spare = X + 1
# %% folds
folds = KFold(n_splits=2, shuffle=True, random_state=0)
clf = DummyClassifier(strategy="most_frequent")
# %% score
scores = cross_val_score(clf, X, y, cv=folds)
# %% printed
print(f"{cross_val_score(clf, X, y, cv=folds).mean():.2f}")
# %% mean
mean = scores.mean()
