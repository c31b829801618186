# A function moves a global counter each time it is called; a function of the same shape moves
# another one.
# %% imports keep
import celltrail
# %% start keep
offset = 0
# %% define keep
def bump(step):
    global offset
    offset += step
# %% other drop
noise = 0
def shake():
    global noise
    noise += 1
# %% first keep
bump(2)
# %% shaken drop
shake()
# %% second keep
bump(5)
# %% evaluate keep
total = float(offset) / 3
celltrail.log_metric("offset", total)
