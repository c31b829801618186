# A default is bound when the function is defined: the value of `rate` at that time counts, the
# later one does not.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% rate keep
rate = 4.0
# %% define keep
def build(alpha=rate):
    return Ridge(alpha=alpha)
# %% later drop
rate = 500.0
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% look drop
print(rate, X.shape)
# %% fit keep
model = build().fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
