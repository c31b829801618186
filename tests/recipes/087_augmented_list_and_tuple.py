# += on a list changes the object, and so the alias; += on a tuple makes a new one, so the alias
# keeps the old content.
# %% imports keep
import celltrail
# %% list keep
scores = [1.0]
# %% list_alias keep
kept_scores = scores
# %% tuple keep
bounds = (2.0,)
# %% tuple_alias keep
kept_bounds = bounds
# %% list_grows keep
scores += [30.0]
# %% tuple_grows drop
bounds += (500.0,)
# %% string drop
text = "a"
text += "b"
# %% shown drop
print(bounds, text)
# %% evaluate keep
total = sum(kept_scores) + sum(kept_bounds)
celltrail.log_metric("total", total)
