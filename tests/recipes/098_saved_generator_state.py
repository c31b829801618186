# The state of the global generator is taken and put back, so that the noise starts from the same
# draws as the data. A state taken from another generator is not put back.
# %% imports keep
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
# %% seed keep
np.random.seed(17)
# %% take keep
state = np.random.get_state()
# %% take_other drop
other_state = np.random.RandomState(3).get_state()
# %% data keep
x = np.random.uniform(size=25)
# %% arithmetic drop
sum(range(10))
# %% put_back keep
np.random.set_state(state)
# %% noise keep
y = x + np.random.normal(scale=0.2, size=25)
# %% after drop
np.random.uniform()
# %% evaluate keep
model = LinearRegression().fit(x[:, None], y)
score = r2_score(y, model.predict(x[:, None]))
