# %%capture runs the body and keeps its output in a name; one such text is parsed.
# %% imports keep
import celltrail
# %% noisy keep
%%capture said
level = 4
print(f"level {level}")
# %% silent drop
%%capture
print("not kept")
extra = 9
# %% other drop
%%capture other
print("level 70")
# %% other_shown drop
print(other.stdout)
# %% parsed keep
number = float(said.stdout.split()[-1])
# %% evaluate keep
total = number * level + 0.5
celltrail.log_metric("total", total)
