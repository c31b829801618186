# %% imports
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score, recall_score
# %% data
X = np.zeros((4, 1))
y_train = np.array([0, 1, 1, 1])
y_test = np.array([0, 0, 1, 1])
table = {}
clf = DummyClassifier(strategy="most_frequent").fit(X, y_train)
p = clf.predict(X)
# %% twice
print(accuracy_score(y_train, p), accuracy_score(y_test, p))
# %% keywords
named = dict(acc=accuracy_score(y_test, p), f1=f1_score(y_test, p))
# %% keys
report = {"train": accuracy_score(y_train, p), "test": accuracy_score(y_test, p)}
# %% subscript
table["recall"] = recall_score(y_test, p)
# %% through
acc = round(accuracy_score(y_train, p), 2)
rec = float(recall_score(y_test, p))
# %% computed
err = 1 - accuracy_score(y_test, p)
# %% tuple
a, b = accuracy_score(y_train, p), accuracy_score(y_test, p)
# %% others
right = int((p == y_test).sum())
mask = p == y_test
share = float(y_test.mean())
