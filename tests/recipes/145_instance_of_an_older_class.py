# The class was edited and run again, but the instance in use is of the version before; a class
# attribute that it reads was changed in between. The new class and its instance judge nothing.
# %% imports keep
from dataclasses import dataclass, field

from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% clipper keep
@dataclass
class Clipper:
    share: float
    seen: list = field(default_factory=list)
    factor = 1.0

    def clip(self, frame):
        self.seen.append(len(frame))
        edge = frame.abs().max() * self.share * self.factor / len(self.seen)
        return frame.clip(-edge, edge, axis=1)
# %% data keep
X, y = load_diabetes(return_X_y=True, as_frame=True)
# %% make keep
clipper = Clipper(0.9)
# %% trial keep
trial = clipper.clip(X.head(20))
# %% trial_look drop
trial.max()
# %% factor keep
Clipper.factor = 1.2
# %% clipper#2 drop
@dataclass
class Clipper:
    share: float
    factor = 7.0

    def clip(self, frame):
        return frame * 0
# %% second drop
second = Clipper(0.1)
second.clip(X).sum()
# %% factor#2 drop
Clipper.factor = 3.0
# %% apply keep
X_clipped = clipper.clip(X)
# %% share drop
(X_clipped != X).mean().round(2)
# %% evaluate keep
model = LinearRegression().fit(X_clipped, y)
error = mean_squared_error(y, model.predict(X_clipped))
