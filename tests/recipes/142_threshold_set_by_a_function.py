# A function sets a global, a closure counts how often it was asked and answers by that: the
# first evaluation moved the count, so the second needs it. A threshold that was set in between
# is overwritten.
# %% imports keep
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
# %% data keep
X, y = load_breast_cancer(return_X_y=True)
X = X[:, :4] / X[:, :4].max(axis=0)
# %% functions keep
threshold = 0.5


def set_threshold(value):
    global threshold
    threshold = value


def strictness(step):
    asked = 0

    def current():
        nonlocal asked
        asked += 1
        return threshold + step * asked

    return current
# %% current keep
current = strictness(0.05)
# %% other drop
other = strictness(0.2)
other()
# %% model keep
model = LogisticRegression().fit(X, y)
# %% chances keep
chance = model.predict_proba(X)[:, 1]
# %% histogram drop
(chance > 0.9).mean()
# %% evaluate keep
f1 = f1_score(y, chance > current())
# %% lower drop
set_threshold(0.2)
# %% show drop
print(f"{threshold=}")
# %% raise_it keep
set_threshold(0.62)
# %% evaluate#2 keep
f1 = f1_score(y, chance > current())
