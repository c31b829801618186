# %% imports
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
# %% data
X = np.arange(8, dtype=float).reshape(-1, 1)
y = np.array([0, 1, 0, 1, 0, 1, 0, 1])
# %% split
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5)
# %% fit
forest = RandomForestClassifier(n_estimators=3, random_state=None)
forest.fit(X_train, y_train);
# %% fixed
fixed = RandomForestClassifier(n_estimators=3, random_state=0).fit(X_train, y_train)
