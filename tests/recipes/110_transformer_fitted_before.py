# The scaler is fitted in one cell, transforms in another, and is fitted again on other rows after
# its use.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler
# %% data keep
X = np.column_stack([np.arange(10.0), np.arange(10.0) ** 2])
y = np.sqrt(X[:, 1] + 3)
# %% scaler keep
scaler = MinMaxScaler()
# %% fit_scaler keep
scaler.fit(X[:6])
# %% range drop
scaler.data_max_
# %% transform keep
Z = scaler.transform(X)
# %% fit_scaler_again drop
scaler.fit(X[6:])
# %% transform_again drop
scaler.transform(X).mean()
# %% fit keep
model = Ridge(alpha=0.4).fit(Z, y)
# %% evaluate keep
error = mean_squared_error(y, model.predict(Z))
