# Calls change a list that only the closure holds; the other closure has a list of its own.
# %% imports keep
import celltrail
# %% factory keep
def make_memory():
    seen = []
    def remember(value):
        seen.append(value)
        return sum(seen) / len(seen)
    return remember
# %% make keep
remember = make_memory()
# %% make_other drop
forget = make_memory()
# %% first keep
remember(10)
# %% other drop
forget(1000)
# %% second keep
remember(4)
# %% other_again drop
print(forget(2000))
# %% evaluate keep
average = remember(1)
celltrail.log_metric("average", average)
