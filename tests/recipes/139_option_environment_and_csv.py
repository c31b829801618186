# pandas is told to keep strings as objects, since a later cell asks for that; the folder of a
# CSV comes from a variable of the environment. Other options change only how frames look.
# %% imports keep
import os
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
# %% old_strings keep
pd.set_option("future.infer_string", False)
# %% display drop
pd.set_option("display.max_columns", 50)
pd.options.display.float_format = "{:.2f}".format
# %% where keep
os.environ["SHOP_DATA"] = "exports"
# %% who drop
os.environ["SHOP_OWNER"] = "ana"
# %% folder keep
exports = Path(os.environ["SHOP_DATA"])
exports.mkdir(exist_ok=True)
# %% export keep
table = pd.DataFrame({"shop": list("abcabcabca"), "size": range(10)})
table["sales"] = [3, 8, 1, 9, 12, 2, 11, 17, 4, 13]
table.to_csv(exports / "sales.csv", index=False)
# %% sample drop
table.head(2).to_csv(exports / "sample.csv", index=False)
# %% read keep
sales = pd.read_csv(Path(os.environ["SHOP_DATA"]) / "sales.csv")
# %% types drop
sales.dtypes
# %% encode keep
texts = [column for column in sales if sales[column].dtype == object]
encoded = pd.get_dummies(sales, columns=texts, dtype=float)
# %% fit keep
y = encoded.pop("sales")
model = LinearRegression().fit(encoded, y)
# %% evaluate keep
mse = mean_squared_error(y, model.predict(encoded))
