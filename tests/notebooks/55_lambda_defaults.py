# %% setup
k = 2
m = 10
spare = 3
# %% define
f = lambda x, k=k: x * k
g = lambda x: x + m
# %% change
k = 50
# %% call
a = f(3)
b = g(1)
# %% inline
c = sorted([1, 2], key=lambda v: -v * k)
