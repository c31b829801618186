# sklearn.config_context and sklearn.set_config: the output of the scaler is a frame or an array
# by a global setting of the library.
# %% imports keep
import pandas as pd
import sklearn
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import PolynomialFeatures
# %% config keep
sklearn.set_config(transform_output="pandas")
# %% frame keep
df = pd.DataFrame({"a": [1.0, 2.0, 4.0, 7.0], "b": [3.0, 1.0, 2.0, 5.0], "y": [1.0, 2.5, 3.0, 8.0]})
# %% preview drop
df.head(1)
# %% expand keep
wide = PolynomialFeatures(2, include_bias=False).fit_transform(df[["a", "b"]])
# %% shape drop
print(wide.shape)
# %% narrow keep
try:
    chosen = wide[["a b"]]
except IndexError:
    chosen = wide[:, :1]
# %% evaluate keep
model = LinearRegression().fit(chosen, df["y"])
error = mean_absolute_error(df["y"], model.predict(chosen))
