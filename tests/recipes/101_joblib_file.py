# The model is dumped with joblib, loaded and changed; the copy in memory is not the one scored.
# %% imports keep
import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Ridge(alpha=2.0).fit(X, y)
# %% dump keep
joblib.dump(model, "ridge.joblib")
# %% refit drop
model = Ridge(alpha=900.0).fit(X, y)
# %% refit_shown drop
model.coef_[:3]
# %% load keep
restored = joblib.load("ridge.joblib")
# %% shift keep
restored.intercept_ += 5
# %% evaluate keep
error = mean_squared_error(y, restored.predict(X))
