# %% params
factor = 2
offset = 1
unused = 99
# %% define
def scale(x):
    return x * factor
def shift(x, by=offset):
    unused = by
    return scale(x) + unused
def lonely():
    return unused + factor
# %% call
result = shift(3)
# %% pass_it
mapped = list(map(scale, [1, 2]))
# %% change
factor = 5
# %% call_again
result = shift(3)
