# Settings are written, read and changed through a JSON file; the last version before the read
# counts, and was made from the one before.
# %% imports keep
import json
from pathlib import Path
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor
# %% write keep
Path("settings.json").write_text(json.dumps({"max_depth": 2, "min_samples_leaf": 4}))
# %% notes drop
Path("notes.json").write_text(json.dumps({"author": "me"}))
# %% change keep
settings = json.loads(Path("settings.json").read_text())
settings["max_depth"] = 5
Path("settings.json").write_text(json.dumps(settings))
# %% list drop
Path("notes.json").stat().st_size
# %% read keep
loaded = json.loads(Path("settings.json").read_text())
# %% data keep
X, y = make_regression(50, 3, noise=10, random_state=8)
# %% fit keep
model = DecisionTreeRegressor(**loaded, random_state=0).fit(X, y)
# %% evaluate keep
score = r2_score(y, model.predict(X))
