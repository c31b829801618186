# Batches come from a generator over shuffled rows; a cell took the first to look at it, so
# training begins with the second. The seed was set twice, and only the last time counts.
# %% imports keep
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import hinge_loss
# %% seed drop
np.random.seed(0)
# %% noise drop
np.random.rand(3)
# %% data keep
X, y = load_digits(return_X_y=True)
X = X / 16.0
# %% seed#2 keep
np.random.seed(42)
# %% order keep
order = np.random.permutation(1000)
# %% more_noise drop
np.random.rand(5).round(2)
# %% batches keep
def batches(size):
    for start in range(0, 240, size):
        yield order[start : start + size]


stream = batches(60)
# %% peek keep
first = next(stream)
# %% peek_shape drop
first.shape, y[first][:10]
# %% train keep
model = SGDClassifier(random_state=0)
for part in stream:
    model.partial_fit(X[part], y[part], classes=np.arange(10))
# %% weights drop
np.abs(model.coef_).max()
# %% score keep
loss = hinge_loss(y[1000:], model.decision_function(X[1000:]))
