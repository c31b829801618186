# One RandomState is shared by the split and the model: the trial split moves it too.
# %% imports keep
import numpy as np
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
# %% state keep
state = np.random.RandomState(8)
# %% data keep
X, y = load_wine(return_X_y=True)
# %% trial keep
train_test_split(X, y, random_state=state)[2].mean()
# %% unrelated drop
np.random.RandomState(8).rand(3)
# %% split keep
X_train, X_test, y_train, y_test = train_test_split(X[:, :2], y, random_state=state)
# %% classes drop
np.unique(y_train, return_counts=True)
# %% fit keep
model = RandomForestClassifier(5, max_depth=3, random_state=state).fit(X_train, y_train)
# %% evaluate keep
loss = log_loss(y_test, model.predict_proba(X_test))
