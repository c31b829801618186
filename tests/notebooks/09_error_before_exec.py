# %% setup
x = 1
spare = 2
# %% broken
y = x +
# %% fine
z = x + 1
# %% no_name
w = x + missing + spare
# %% no_module
import no_such_module_anywhere
v = spare
