# %% a
k = 2
m = 5
# %% define
def f(v):
    return v * k
# %% use
r = f(3)
# %% define#2
def f(v):
    return v + m
