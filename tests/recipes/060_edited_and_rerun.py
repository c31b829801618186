# Three versions of the training cell ran; the metric is of the last one, the others are gone.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.metrics import mean_absolute_error
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% train drop
model = LinearRegression().fit(X, y)
# %% look drop
model.intercept_
# %% train#2 drop
model = Ridge(alpha=5.0).fit(X, y)
# %% look#2 drop
model.intercept_
# %% train#3 keep
model = Lasso(alpha=0.5).fit(X, y)
# %% look#3 drop
model.intercept_
# %% evaluate keep
error = mean_absolute_error(y, model.predict(X))
