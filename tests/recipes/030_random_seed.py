# random.seed fixes the shuffle. NumPy's generator is another one: its seed does not count.
# %% imports keep
import random
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
# %% numpy_seed drop
np.random.seed(12)
# %% rows keep
rows = [(n, n**1.3) for n in range(20)]
# %% seed keep
random.seed(7)
# %% noise drop
noise = np.random.normal(size=20)
# %% shuffle keep
random.shuffle(rows)
# %% train keep
train, test = np.array(rows[:6]), np.array(rows[6:])
# %% after drop
random.random()
# %% fit keep
model = LinearRegression().fit(train[:, :1], train[:, 1])
# %% evaluate keep
error = mean_absolute_error(test[:, 1], model.predict(test[:, :1]))
