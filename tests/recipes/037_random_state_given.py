# With random_state given everywhere, the global seeds do nothing.
# %% imports keep
import random
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
# %% seeds drop
random.seed(0)
np.random.seed(0)
# %% data keep
X, y = load_iris(return_X_y=True)
X = X[:, :2]
# %% draw drop
np.random.rand(2)
# %% split keep
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=6)
# %% strength keep
strength = 0.02
# %% fit keep
model = LogisticRegression(C=strength).fit(X_train, y_train)
# %% probabilities drop
model.predict_proba(X_test[:2])
# %% evaluate keep
predicted = model.predict(X_test)
accuracy = accuracy_score(y_test, predicted)
