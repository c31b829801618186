# A function reads one environment variable; another variable is set beside it.
# %% imports keep
import os
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% strength keep
os.environ["RIDGE_ALPHA"] = "25"
# %% other drop
os.environ["REPORT_TITLE"] = "ridge, first try"
# %% define keep
def build():
    return Ridge(alpha=float(os.environ.get("RIDGE_ALPHA", "1")))
# %% title drop
def title():
    return os.environ["REPORT_TITLE"].upper()
# %% title_shown drop
title()
# %% data keep
X, y = make_regression(30, 2, noise=8, random_state=6)
# %% fit keep
model = build().fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
