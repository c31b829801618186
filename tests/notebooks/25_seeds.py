# %% imports
import random
import numpy as np
# %% unseeded
u = np.random.rand(3)
r = random.random()
# %% unseeded_again
v = np.random.rand(3)
# %% seed
np.random.seed(0)
# %% draw
a = np.random.rand(3)
# %% draw_more
b = np.random.permutation(4)
# %% both
random.seed(1)
c = random.random()
# %% pick
p = random.choice([1, 2, 3])
# %% quiet
d = a + 1
print(a, b, c, p)
