# %% imports
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier
# %% data
X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 0, 1, 1])
spare = np.zeros(2)
# %% train
%%time
model = DecisionTreeClassifier(max_depth=1, random_state=0)
model.fit(X, y)
acc = accuracy_score(y, model.predict(X))
# %% again
%%capture out
print(f"{model.score(X, y):.2f}")
# %% line
%time print(accuracy_score(y, model.predict(X)))
