# Functions register themselves; a class attribute names those in use and is appended to.
# `interaction` ran in two versions under one key: only the code of the decorator says that the
# second stands in the place of the first.
# %% imports keep
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
# %% registry keep
FEATURES = {}


def feature(name):
    def register(function):
        FEATURES[name] = function
        return function

    return register
# %% data keep
df = load_diabetes(as_frame=True).frame
# %% interaction either
@feature("bmi_bp")
def bmi_bp(frame):
    return frame["bmi"] + frame["bp"]
# %% interaction#2 keep
@feature("bmi_bp")
def bmi_bp(frame):
    return frame["bmi"] * frame["bp"]
# %% squared keep
@feature("s5_squared")
def s5_squared(frame):
    return frame["s5"] ** 2
# %% count drop
print(len(FEATURES), "features")
# %% recipe keep
class Recipe:
    chosen = ["bmi_bp"]
    alpha = 1.0

    def build(self, frame):
        return pd.concat({name: FEATURES[name](frame) for name in self.chosen}, axis=1)
# %% try_it drop
Recipe().build(df).head()
# %% choose keep
Recipe.chosen.append("s5_squared")
# %% alpha keep
Recipe.alpha = 0.01
# %% display drop
pd.set_option("display.precision", 2)
# %% table drop
Recipe().build(df).describe()
# %% evaluate keep
recipe = Recipe()
X = recipe.build(df)
score = r2_score(df["target"], Ridge(alpha=recipe.alpha).fit(X, df["target"]).predict(X))
