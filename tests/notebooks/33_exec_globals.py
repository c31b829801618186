# %% setup
x = 1
code = "y = 1000 + 1"
spare = 5
# %% literal
exec("z = x * 10")
# %% indirect
exec(code)
# %% table
globals()["made"] = [x]
# %% star
from colorsys import *
# %% use
total = y + z + made[0]
# %% color
red = rgb_to_hsv(1, 0, 0)
