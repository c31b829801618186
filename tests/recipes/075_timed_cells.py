# %%time runs its body in the session; %timeit does not bind anything.
# %% imports keep
from sklearn.datasets import make_regression
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_squared_error
# %% data keep
%%time
X, y = make_regression(40, 3, noise=5, random_state=13)
# %% timeit drop
%timeit -n 2 -r 1 X.sum()
# %% timed_line keep
%time trees = 7
# %% timed_other drop
%%time
squares = [n * n for n in range(100)]
# %% fit keep
%%time
model = GradientBoostingRegressor(n_estimators=trees, random_state=0).fit(X, y)
# %% look drop
model.feature_importances_
# %% evaluate keep
error = mean_squared_error(y, model.predict(X))
