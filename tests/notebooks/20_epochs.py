# %% imports
import numpy as np
from sklearn.linear_model import SGDClassifier
# %% data
X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
y = np.array([0, 0, 1, 1])
spare = X * 2
# %% make
model = SGDClassifier(random_state=0)
# %% train
for epoch in range(3):
    model.partial_fit(X, y, classes=[0, 1])
    acc = model.score(X, y)
    print(epoch, acc)
