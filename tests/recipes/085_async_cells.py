# Coroutines are defined, awaited at top level and gathered; one of them is awaited for nothing.
# %% imports keep
import asyncio
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% define keep
async def fetch(start, stop):
    await asyncio.sleep(0)
    return np.arange(start, stop) ** 1.5
# %% first keep
first = await fetch(0, 6)
# %% thrown_away drop
await fetch(100, 200)
# %% both keep
second, third = await asyncio.gather(fetch(6, 9), fetch(2, 4))
# %% other drop
async def wait():
    await asyncio.sleep(0)
await wait()
# %% join keep
y = np.concatenate([first, second, third])
# %% evaluate keep
X = np.arange(len(y))[:, None]
model = LinearRegression().fit(X, y)
error = mean_squared_error(y, model.predict(X))
