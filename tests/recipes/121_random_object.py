# A random.Random has a stream of its own, which the global seed does not touch.
# %% imports keep
import random
import celltrail
# %% rng keep
rng = random.Random(5)
# %% burn keep
rng.random(); None
# %% global drop
random.seed(1); random.random()
# %% choose keep
picked = rng.sample(range(1000), 3)
# %% after drop
rng.random()
# %% evaluate keep
total = sum(picked) / 7
celltrail.log_metric("total", total)
