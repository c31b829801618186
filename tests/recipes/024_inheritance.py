# The subclass reads what the base class holds, and the base is changed after both are defined.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso
from sklearn.metrics import r2_score
# %% base keep
class Base:
    alpha = 0.1
    def build(self):
        return Lasso(alpha=self.alpha)
# %% child keep
class Strict(Base):
    def build(self):
        model = super().build()
        return model.set_params(positive=True)
# %% sibling drop
class Loose(Base):
    alpha = 9.0
# %% change keep
Base.alpha = 1.5
# %% sibling_change drop
Loose.alpha = 0.001
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Strict().build().fit(X, y)
# %% sibling_fit drop
Loose().build().fit(X, y).coef_
# %% evaluate keep
score = r2_score(y, model.predict(X))
