# Two models and two metrics; asked is the first metric, though the second came later.
# result=evaluate
# %% imports keep
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeClassifier
# %% data keep
X, y = load_breast_cancer(return_X_y=True)
# %% narrow keep
X = X[:, :3]
# %% tree keep
tree = DecisionTreeClassifier(max_depth=2).fit(X, y)
# %% evaluate keep
loss = log_loss(y, tree.predict_proba(X))
# %% logistic drop
model = LogisticRegression(max_iter=500).fit(X, y)
# %% evaluate_other drop
loss_other = log_loss(y, model.predict_proba(X))
# %% ratio drop
print(loss / loss_other)
