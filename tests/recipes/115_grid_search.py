# The grid is a dict changed in place; another search is made and thrown away.
# %% imports keep
from sklearn.datasets import load_iris
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
# %% data keep
X, y = load_iris(return_X_y=True)
# %% grid keep
grid = {"max_depth": [1]}
# %% grid_more keep
grid["max_depth"].append(2)
# %% grid_other drop
grid_other = {"min_samples_leaf": [1, 2]}
# %% folds keep
folds = 3
# %% search_other drop
other = GridSearchCV(DecisionTreeClassifier(random_state=0), grid_other, cv=2).fit(X, y)
# %% other_best drop
other.best_params_
# %% search keep
search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=folds).fit(X, y)
# %% evaluate keep
loss = log_loss(y, search.predict_proba(X))
