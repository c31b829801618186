# A generator has given its first items away, so the rest is what is left. The other generator
# is a new one.
# %% imports keep
import celltrail
# %% define keep
def squares():
    for n in range(1, 8):
        yield n * n
# %% make keep
stream = squares()
# %% other drop
other = squares()
# %% first keep
first = next(stream)
# %% other_used drop
sum(other)
# %% two keep
head = [next(stream) for _ in range(2)]
# %% show drop
print(first, head)
# %% evaluate keep
rest = float(sum(stream))
celltrail.log_metric("rest", rest)
