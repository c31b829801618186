# Each call draws the learning rate down; the calls before the fit count, the one after does not.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_squared_error
# %% factory keep
def make_schedule(rate):
    def step():
        nonlocal rate
        rate /= 2
        return rate
    return step
# %% schedule keep
step = make_schedule(0.4)
# %% first keep
step()
# %% data keep
X, y = make_regression(50, 3, noise=5, random_state=3)
# %% sketch drop
sketch = make_schedule(9.0)
sketch()
# %% rate keep
rate = step()
# %% after drop
step()
# %% fit keep
model = SGDRegressor(eta0=rate, max_iter=3, tol=None, random_state=0).fit(X, y)
# %% evaluate keep
error = mean_squared_error(y, model.predict(X))
