# %% imports
import matplotlib.pyplot as plt
heights = [1, 2, 3]
depths = [4, 5]
# %% style
plt.rcParams["lines.linewidth"] = 3.0
# %% draw
plt.plot(heights)
plt.show()
# %% scoped
with plt.rc_context({"lines.linewidth": 9.0}):
    width = plt.rcParams["lines.linewidth"]
