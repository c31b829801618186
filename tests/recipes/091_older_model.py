# The metric is of the first model although a newer one has taken the name since: the predictions
# were made before.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics import r2_score
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Ridge(alpha=1.5).fit(X, y)
# %% predict keep
predicted = model.predict(X)
# %% newer drop
model = Lasso(alpha=2.0).fit(X, y)
# %% newer_predict drop
newer = model.predict(X)
# %% difference drop
abs(newer - predicted).max()
# %% evaluate keep
score = r2_score(y, predicted)
