# %% imports
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
# %% data
x = np.linspace(0, 1, 5)
y = x**2
z = x**3
# %% draw
fig, ax = plt.subplots()
(line,) = ax.plot(x, y)
ax.set_title("squares")
# %% save
fig.savefig("plot.png")
