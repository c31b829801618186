# clean() is defined twice. The training rows went through the first definition and the test rows
# through the second: both count. A third one comes after the last use.
# result=evaluate
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% clean keep
def clean(values):
    return np.clip(values, 0, 5)
# %% train keep
train = clean(np.array([1.0, 2.0, 3.0, 9.0]))
# %% clean#2 keep
def clean(values):
    return values / 2
# %% test keep
test = clean(np.array([4.0, 6.0, 20.0]))
# %% clean#3 drop
def clean(values):
    return values * 0
# %% look drop
clean(test)
# %% fit keep
model = LinearRegression().fit(train[:, None], train**2)
# %% evaluate keep
error = mean_squared_error(test**2, model.predict(test[:, None]))
