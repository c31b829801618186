# A setting of matplotlib is read by name into a param of the model.
# %% imports keep
import matplotlib
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor
# %% width keep
matplotlib.rcParams["lines.linewidth"] = 4
# %% data keep
X, y = make_regression(40, 3, noise=5, random_state=9)
# %% looks drop
style = {"color": "red", "marker": "o"}
# %% fit keep
model = DecisionTreeRegressor(max_depth=int(matplotlib.rcParams["lines.linewidth"]), random_state=0)
model.fit(X, y)
# %% looks_changed drop
style["color"] = "blue"
# %% evaluate keep
score = r2_score(y, model.predict(X))
# %% thin drop
matplotlib.rcParams["lines.linewidth"] = 0.5
