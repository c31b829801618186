# A script is written, edited and run on the notebook's own names; settings come from a text that
# is executed. The first version of the script never ran.
# %% imports keep
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
# %% config keep
config = "C = 0.05\ndegree = 2"
# %% config_run keep
exec(config)
# %% data keep
iris = load_iris()
X, y = iris.data, iris.target
# %% script drop
%%writefile features.py
X = X[:, :2]
# %% script_look drop
print(open("features.py").read())
# %% script#2 keep
%%writefile features.py
X = np.hstack([X, X**degree])
print(X.shape)
# %% run keep
%run -i features.py
# %% names drop
iris.feature_names
# %% other_config drop
exec("spare = 17")
# %% score keep
model = LogisticRegression(C=C, max_iter=2000).fit(X, y)
loss = log_loss(y, model.predict_proba(X))
