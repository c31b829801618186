# Models are kept in a dict by name; the metric is of one of them. A frame of predictions is
# made of all. The third model lies in the same dict: either.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics import mean_squared_error
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% models keep
models = {"ridge": Ridge(alpha=0.8), "lasso": Lasso(alpha=0.3)}
# %% third either
models["weak"] = Ridge(alpha=1000)
# %% fit keep
for fitted in models.values():
    fitted.fit(X, y)
# %% table drop
table = {name: fitted.predict(X[:3]) for name, fitted in models.items()}
# %% shown drop
table
# %% evaluate keep
error = mean_squared_error(y, models["lasso"].predict(X))
