# %% base
a = 4
# %% shown
a * 1000
# %% under
b = _ + 1
# %% out
c = Out[2] + _2
# %% text
"text"
# %% both
e = (_, __)
# %% show
print(b, c, e)
