# A Counter, a deque with a length and a defaultdict change in place.
# %% imports keep
from collections import Counter, defaultdict, deque
import celltrail
# %% make keep
counts, window, groups = Counter(), deque(maxlen=2), defaultdict(list)
# %% spare drop
spare = Counter("abc")
# %% count keep
counts.update("banana")
# %% slide keep
window.extend([1.0, 2.0, 30.0])
# %% spare_update drop
spare.update("zzz")
# %% group keep
groups["a"].append(4.0)
# %% shown drop
print(spare.most_common(1))
# %% slide_again keep
window.append(8.0)
# %% evaluate keep
total = counts["a"] * 100 + sum(window) + sum(groups["a"])
celltrail.log_metric("total", total)
