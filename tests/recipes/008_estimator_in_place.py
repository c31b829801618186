# An estimator is fitted, told another strength and fitted again. The first fit leaves nothing
# behind that the second does not replace, but only scikit-learn's code knows: either.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% model keep
model = Ridge(alpha=0.1)
# %% fit either
model.fit(X, y)
# %% coefficients drop
list(model.coef_.round(1))
# %% stronger keep
model.set_params(alpha=7.0)
# %% other drop
other = Ridge(alpha=3.0)
other.fit(X[:100], y[:100])
# %% refit keep
model.fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
