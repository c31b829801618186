# A frame is cleaned in place through an alias, by one cell in two versions; the alias is deleted,
# and what it did stays.
# %% imports keep
import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
# %% load keep
wine = load_wine(as_frame=True).frame
work = wine
# %% peek drop
wine.describe().T.round(2)
# %% clean keep
work["ratio"] = work["flavanoids"] / work["proanthocyanins"]
work.drop(columns=["magnesium", "ash"], inplace=True)
# %% corr drop
work.corr()["target"].abs().sort_values().tail(3)
# %% clean#2 keep
work["log_proline"] = np.log(work["proline"])
work.drop(columns=["proline"], inplace=True)
# %% forget drop
del work
# %% split keep
features = wine.drop(columns="target")
X_train, X_test, y_train, y_test = train_test_split(features, wine["target"], random_state=3)
# %% shapes drop
print(X_train.shape, X_test.shape)
# %% balance drop
y_train.value_counts(normalize=True)
# %% score keep
model = LogisticRegression(C=0.1, max_iter=2000).fit(X_train, y_train)
loss = log_loss(y_test, model.predict_proba(X_test))
