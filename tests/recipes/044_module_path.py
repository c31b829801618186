# A module is written into a folder of its own; sys.path must lead there before the import.
# %% imports keep
import pathlib
import sys
from sklearn.datasets import make_regression
from sklearn.metrics import mean_absolute_error
# %% module keep
pathlib.Path("lib").mkdir(exist_ok=True)
pathlib.Path("lib/builders.py").write_text(
    "from sklearn.linear_model import HuberRegressor\n"
    "def build():\n    return HuberRegressor(alpha=3.0)\n"
)
# %% spare drop
pathlib.Path("spare.py").write_text("depth = 3\n")
# %% path keep
sys.path.insert(0, "lib")
# %% path_shown drop
sys.path[0]
# %% use keep
import builders
# %% data keep
X, y = make_regression(30, 2, noise=5, random_state=7)
# %% fit keep
model = builders.build().fit(X, y)
# %% evaluate keep
error = mean_absolute_error(y, model.predict(X))
