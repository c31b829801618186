# A training function puts the model into a global; a later call of it on other data replaces
# the model after its use.
# result=evaluate
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% data keep
X = np.linspace(0, 3, 30).reshape(-1, 1)
y = np.exp(X).ravel()
# %% define keep
model = None
def train(alpha, rows):
    global model
    model = Ridge(alpha=alpha).fit(X[:rows], y[:rows])
# %% trial drop
train(100, 5)
# %% train keep
train(0.5, 30)
# %% evaluate keep
score = r2_score(y, model.predict(X))
# %% train_again drop
train(50, 10)
# %% worse drop
r2_score(y, model.predict(X))
