# %% make
a = [1, 2]
b = a
c = {"inner": a}
d = list(a)
# %% append
a.append(3)
# %% nested
c["inner"].append(4)
# %% rebind
a = [0]
# %% append_b
b.append(5)
# %% use
print(a, b, c, d)
