# The size of a figure comes from rcParams without a word of it in the cell that makes the figure.
# %% imports keep
import celltrail
import matplotlib
from matplotlib.figure import Figure
# %% size keep
matplotlib.rcParams["figure.figsize"] = (3.0, 2.0)
# %% points drop
points = [(n, n * n) for n in range(5)]
# %% sketch drop
sketch = Figure(figsize=(9, 9))
print(sketch.get_size_inches(), points[-1])
# %% evaluate keep
figure = Figure()
area = float(figure.get_figwidth() * figure.get_figheight())
celltrail.log_metric("area", area)
# %% bigger drop
matplotlib.rcParams["figure.figsize"] = (12.0, 8.0)
