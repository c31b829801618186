# %run leaves the script's names in the session; the second script's names are not used.
# %% write keep
%%writefile prepare.py
import numpy as np
x = np.arange(1.0, 11.0)
y = np.log(x)
# %% write_other drop
%%writefile report.py
title = "report"
# %% imports keep
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% run keep
%run prepare.py
# %% run_other drop
%run report.py
# %% show drop
print(title, len(x))
# %% fit keep
model = LinearRegression().fit(x[:, None], y)
# %% evaluate keep
error = mean_squared_error(y, model.predict(x[:, None]))
