# The loop's variable is left over with its last value; a second loop over another name is not
# used.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% loop keep
for alpha in (0.1, 1.0, 5.0):
    print(alpha)
# %% other_loop drop
for depth in range(4):
    print(depth)
# %% comprehension drop
halves = [alpha / 2 for alpha in (3, 4)]
# %% fit keep
model = Ridge(alpha=alpha).fit(X, y)
# %% halves_shown drop
halves
# %% evaluate keep
score = r2_score(y, model.predict(X))
