# %% make
x = 1
y = [1, 2, 3]
d = {"a": 1, "b": 2}
tmp = 8
# %% drop
del x
# %% part
del d["a"], y[0]
# %% last_use
size = tmp + 1
del tmp
# %% again
x = 5
# %% use
print(x, y, d, size)
