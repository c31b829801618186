# Arrays pass through .npy and .npz files.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% save keep
np.save("x.npy", np.linspace(0, 2, 12))
# %% save_target keep
np.savez("targets.npz", y=np.linspace(0, 2, 12) ** 2, z=np.zeros(12))
# %% save_spare drop
np.save("spare.npy", np.ones(3))
# %% load keep
x = np.load("x.npy")
# %% load_target keep
y = np.load("targets.npz")["y"]
# %% load_spare drop
spare = np.load("spare.npy")
# %% plot drop
np.histogram(y, bins=3)
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
error = mean_squared_error(y, model.predict(x[:, None]))
