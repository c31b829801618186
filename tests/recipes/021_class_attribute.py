# A setting is an attribute of a class, changed later; another class has one of the same name.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% class keep
class Settings:
    alpha = 1.0
    normalise = True
# %% other_class drop
class Draft:
    alpha = 3.0
# %% change keep
Settings.alpha = 60.0
# %% other_change drop
Draft.alpha = 0.0
# %% look drop
vars(Draft)["alpha"], Settings.normalise
# %% data keep
X, y = make_regression(40, 3, noise=4, random_state=4)
# %% fit keep
model = Ridge(alpha=Settings.alpha).fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
