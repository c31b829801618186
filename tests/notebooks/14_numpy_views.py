# %% make
import numpy as np
arr = np.arange(10)
head = arr[:3]
tail = arr[5:]
flip = arr[::-1]
own = arr.copy()
# %% write
arr[1] = 99
# %% through_view
tail[:] = 0
# %% use
total = int(own.sum())
