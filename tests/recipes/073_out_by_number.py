# Out[3] and _4 are values that cells displayed; In[2] is a cell's text.
# %% imports keep
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
# %% expression keep
np.arange(12.0) ** 1.2
# %% target keep
np.cos(np.arange(12.0))
# %% strength keep
2.5
# %% other drop
"nobody asks for this"
# %% taken keep
y = Out[3] + 1
alpha = _4
# %% shown drop
Out[5]
# %% again keep
x = eval(In[2])
# %% evaluate keep
model = Ridge(alpha=alpha).fit(x[:, None], y)
error = mean_absolute_error(y, model.predict(x[:, None]))
