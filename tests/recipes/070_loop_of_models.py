# A loop trains three models and prints each metric; each metric is a step of one result.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% shape drop
X.shape
# %% half keep
X_train, y_train = X[::2], y[::2]
# %% quick drop
quick = Ridge(alpha=9.0).fit(X, y)
# %% strengths keep
strengths = [0.1, 1.0, 10.0]
# %% quick_look drop
quick.coef_[:2]
# %% sweep keep
scores = {}
for strength in strengths:
    model = Ridge(alpha=strength).fit(X_train, y_train)
    scores[strength] = score = r2_score(y, model.predict(X))
# %% look drop
print(len(scores), model.coef_[:2])
