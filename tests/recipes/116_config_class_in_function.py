# Everything is in functions of their own cells, as in tidied notebooks; main() calls them.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
# %% load keep
def load():
    return make_regression(40, 3, noise=8, random_state=SEED)
# %% train keep
def train(X, y):
    return Ridge(**PARAMS).fit(X, y)
# %% report drop
def report(model):
    return dict(zip("abc", model.coef_))
# %% main keep
def main():
    X, y = load()
    return y, train(X, y).predict(X)
# %% seed keep
SEED = 20
# %% params keep
PARAMS = {"alpha": 6.0}
# %% params_draft drop
PARAMS_DRAFT = {"alpha": 60.0}
# %% evaluate keep
truth, predicted = main()
error = mean_absolute_error(truth, predicted)
