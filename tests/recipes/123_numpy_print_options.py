# NumPy's print options shape a text that is parsed.
# %% imports keep
import numpy as np
import celltrail
# %% options keep
np.set_printoptions(precision=2)
# %% data keep
x = np.array([1.23456, 2.34567])
# %% show drop
x
# %% text keep
text = str(x)
# %% spare drop
spare = len(text)
# %% evaluate keep
value = float(text.strip("[]").split()[0])
celltrail.log_metric("value", value)
