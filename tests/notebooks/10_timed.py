# %% setup
import numpy as np
scale = 2
hidden = 7
# %% timed
%%time
alpha = 0.5
table = np.arange(4) * scale * alpha
rows = len(table)
# %% line
%time doubled = table + table
# %% bench
%timeit -n 1 -r 1 doubled.sum()
# %% show
print(rows, doubled.tolist())
