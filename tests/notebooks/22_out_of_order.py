# %% a
x = 1
spare = 3
# %% b
y = x + 1
# %% c
x = 10
# %% skipped
never = x * 100
# %% show
print(y)
