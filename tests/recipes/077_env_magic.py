# %env sets a variable of the environment as os.environ does.
# %% imports keep
import os
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso
from sklearn.metrics import r2_score
# %% strength keep
%env LASSO_ALPHA=0.9
# %% title drop
%env PLOT_TITLE=lasso
# %% read keep
alpha = float(os.environ["LASSO_ALPHA"])
# %% later drop
%env LASSO_ALPHA=5
# %% title_read drop
title = os.environ["PLOT_TITLE"]
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Lasso(alpha=alpha).fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
