# %% imports
import datetime
from sklearn.linear_model import LogisticRegression
# %% values
solver = "liblinear"
weight = None
flag = True
alpha, beta = 0.1, -2
shape = (3, 4)
options = {"deep": False}
first = last = 7
ratio: float = 0.5
text = f"{solver}!"
product = 2 * 3
day = datetime.date(2024, 1, 1)
# %% branch
if flag:
    lr = 0.01
else:
    momentum = 0.9
for i in range(2):
    width = 8
# %% model
model = LogisticRegression(solver=solver, class_weight=weight, C=ratio, warm_start=flag)
