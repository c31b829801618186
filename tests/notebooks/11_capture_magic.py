# %% setup
base = 10
noise = 1
# %% captured
%%capture cap
print("hidden")
level = base + 1
# %% show
print(cap.stdout, level)
