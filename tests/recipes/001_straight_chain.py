# A straight chain from data to number, with looks at the data and a second model beside it.
# %% imports keep
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
# %% load keep
X, y = load_diabetes(return_X_y=True)
# %% look drop
X[:3]
# %% shape drop
print(X.shape, y.mean())
# %% split keep
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %% fit keep
model = Ridge(alpha=0.5).fit(X_train, y_train)
# %% other drop
stronger = Ridge(alpha=10).fit(X_train, y_train)
stronger.coef_.round(1)
# %% predict keep
predicted = model.predict(X_test)
# %% evaluate keep
score = r2_score(y_test, predicted)
