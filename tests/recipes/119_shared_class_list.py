# A list on the class is shared by its instances; an attribute of one instance is its own; vars()
# sets an attribute of the other.
# %% imports keep
import celltrail
# %% class keep
class Model:
    coef = [1.0, 2.0]
    def __init__(self): self.bias = 0.0
    def predict(self, x): return self.bias + sum(c * x for c in self.coef)
# %% make keep
first, second = Model(), Model()
# %% shared keep
first.coef.append(10.0)
# %% own drop
first.bias = 100.0
# %% dictionary keep
vars(second)["bias"] = 0.25
# %% look drop
first.predict(1)
# %% evaluate keep
value = second.predict(3.0)
celltrail.log_metric("value", value)
