# %% imports
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
# %% data
X = np.concatenate([np.arange(6.0), np.arange(26.0, 32.0)]).reshape(-1, 1)
y = (X[:, 0] > 20).astype(int)
spare = X + 1
# %% build
clf = LogisticRegression()
pipe = Pipeline([("scale", StandardScaler()), ("clf", clf)])
# %% fit
pipe.fit(X, y)
# %% search
search = GridSearchCV(pipe, param_grid={"clf__C": [0.1, 10.0]}, cv=3)
search.fit(X, y)
best = search.best_params_
# %% eval_pipe
acc = pipe.score(X, y)
# %% eval_search
found = search.score(X, y)
