# The recursion limit decides which branch is taken.
# %% imports keep
import sys
import celltrail
# %% limit keep
sys.setrecursionlimit(300)
# %% deep keep
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)
# %% shallow drop
deep(3)
# %% evaluate keep
try:
    value = float(deep(600))
except RecursionError:
    value = 0.5
sys.setrecursionlimit(3000)
celltrail.log_metric("value", value)
