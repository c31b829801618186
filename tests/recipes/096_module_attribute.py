# An attribute of an imported module is changed, and the module's own function reads it.
# %% write keep
%%writefile settings_of_ours.py
ALPHA = 1.0
TITLE = "ridge"
def strength():
    return ALPHA * 10
# %% imports keep
import settings_of_ours
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% look drop
vars(settings_of_ours)["TITLE"]
# %% change keep
settings_of_ours.ALPHA = 0.2
# %% copied drop
ALPHA = 77
# %% shown drop
print(ALPHA)
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Ridge(alpha=settings_of_ours.strength()).fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
