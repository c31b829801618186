# The cache remembers the answer from when `scale` was 2. The later value of `scale` counts too:
# the result's own code multiplies by it. Another side lies in the same cache: either.
# %% imports keep
import celltrail
from functools import lru_cache
# %% define keep
@lru_cache
def area(side):
    return side * side * scale
# %% scale keep
scale = 2
# %% warm keep
area(3)
# %% other either
area(7)
# %% other_function drop
@lru_cache
def volume(side):
    return side**3
# %% volume drop
print(volume(3))
# %% rescale keep
scale = 5
# %% evaluate keep
value = float(area(3) * scale)
celltrail.log_metric("value", value)
