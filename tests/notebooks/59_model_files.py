# %% imports
import joblib
import numpy as np
import pickle
from sklearn.tree import DecisionTreeClassifier
# %% train
X = np.array([[0.0], [1.0]])
y = np.array([0, 1])
spare = np.zeros(1)
tree = DecisionTreeClassifier(random_state=0).fit(X, y)
# %% dump
joblib.dump(tree, "tree.joblib")
np.save("X.npy", X)
with open("y.pkl", "wb") as out:
    pickle.dump(y, out)
# %% load
again = joblib.load("tree.joblib")
X_again = np.load("X.npy")
with open("y.pkl", "rb") as source:
    y_again = pickle.load(source)
# %% eval
acc = again.score(X_again, y_again)
