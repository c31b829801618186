# %% setup
x = 1000
spare = 2000
# %% secret
# celltrail: off
token = "kept-out-of-the-store"
x = 3000
# %% tagged tags=celltrail-off
hidden = "kept-out-by-its-tag"
# %% use
y = x + len(hidden)
