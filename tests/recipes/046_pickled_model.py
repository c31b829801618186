# The model is saved in one session and scored in the next, where no variable has survived.
# %% imports keep
import pickle
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
# %% data keep
X, y = load_diabetes(return_X_y=True)
# %% fit keep
model = Ridge(alpha=3.0).fit(X[:300], y[:300])
# %% look drop
model.coef_
# %% save keep
with open("model.pkl", "wb") as stream:
    pickle.dump(model, stream)
# %% save_other drop
with open("other.pkl", "wb") as stream:
    pickle.dump(Ridge(alpha=0.1).fit(X, y), stream)
# %% --- restart
# %% imports_again keep
import pickle
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
# %% load keep
with open("model.pkl", "rb") as stream:
    restored = pickle.load(stream)
# %% type drop
print(type(restored).__name__)
# %% evaluate keep
features, target = load_diabetes(return_X_y=True)
score = r2_score(target[300:], restored.predict(features[300:]))
