# %% imports
import numpy as np
# %% rng
rng = np.random.default_rng(7)
loose = np.random.default_rng()
# %% draw
x = rng.normal(size=3)
# %% draw_more
y = rng.integers(10, size=2)
# %% loose_draw
z = loose.normal(size=3)
# %% show
print(x, y, z.shape)
