# An unpickled object reads an attribute of its class, which was changed after it was saved.
# %% imports keep
import pickle
import celltrail
# %% class keep
class Point:
    scale = 1.0
    def __init__(self, x): self.x = x
    def value(self): return self.x * self.scale
# %% dump keep
pickle.dump(Point(4.0), open("p.pkl", "wb"))
# %% dump_other drop
pickle.dump(Point(9.0), open("q.pkl", "wb"))
# %% scale keep
Point.scale = 2.5
# %% load keep
point = pickle.load(open("p.pkl", "rb"))
# %% look drop
vars(point)
# %% evaluate keep
value = point.value() / 7
celltrail.log_metric("value", value)
