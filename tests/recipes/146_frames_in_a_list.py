# Two frames are changed in a loop over a list of them; then the list is deleted and made again
# from copies, whose changes do not reach the frames. Cells ran out of order.
# %% imports keep
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
# %% data keep
full = load_diabetes(as_frame=True).frame
# %% parts keep
train, test = full.iloc[:300].copy(), full.iloc[300:].copy()
frames = [train, test]
# %% squares keep
for frame in frames:
    frame["bmi2"] = frame["bmi"] ** 2 * 50
# %% columns drop
[list(frame.columns) for frame in frames]
# %% forget drop
del frames, frame
# %% copies drop
frames = [train.copy(), test.copy()]
# %% zeros drop
for frame in frames:
    frame["bp"] = 0.0
# %% joined drop
pd.concat(frames).describe()
# %% names keep
names = [name for name in train if name != "target"]
# %% first_names drop
names[:3]
# %% shorter keep
names.remove("sex")
# %% fit keep
model = Ridge(alpha=0.5).fit(train[names], train["target"])
# %% evaluate keep
mse = mean_squared_error(test["target"], model.predict(test[names]))
