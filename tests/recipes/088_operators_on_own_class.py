# `+=` calls __iadd__, which changes the object in place; `<<` does too; `+` makes a new one.
# %% imports keep
import celltrail
# %% class keep
class Basket:
    def __init__(self, items=()):
        self.items = list(items)
    def __iadd__(self, other):
        self.items.append(other)
        return self
    def __lshift__(self, other):
        self.items.insert(0, other)
        return self
    def __add__(self, other):
        return Basket([*self.items, other])
# %% make keep
basket = Basket([2.0])
# %% alias keep
same = basket
# %% plus drop
bigger = basket + 1000.0
# %% plus_equal keep
basket += 5.0
# %% shift keep
basket << 7.0
# %% bigger_shown drop
bigger << 1.0
print(bigger.items)
# %% evaluate keep
total = sum(value * place for place, value in enumerate(same.items))
celltrail.log_metric("total", total)
