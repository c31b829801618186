# Without random_state scikit-learn draws from NumPy's global generator, so its seed counts, and
# so does what moves it in between.
# %% imports keep
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% seed keep
np.random.seed(21)
# %% trial keep
trial = train_test_split(X, y)
# %% seeded_trial drop
fixed = train_test_split(X, y, random_state=0)
# %% trial_shape drop
[part.shape for part in fixed]
# %% split keep
X_train, X_test, y_train, y_test = train_test_split(X, y)
# %% fit keep
model = LinearRegression().fit(X_train, y_train)
# %% evaluate keep
score = r2_score(y_test, model.predict(X_test))
