# %% imports
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
# %% data
X = np.arange(20, dtype=float).reshape(-1, 1)
X[10:] += 20
y = (X[:, 0] >= 10).astype(int)
groups = np.zeros(20)
# %% split
test_size = 0.25
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=test_size, random_state=0, stratify=y
)
# %% train
C = 10.0
model = LogisticRegression(C=C, max_iter=500)
model.fit(X_train, y_train)
# %% eval
pred = model.predict(X_test)
acc = accuracy_score(y_test, pred)
print(f"f1 {f1_score(y_test, pred):.2f}, {len(pred)} rows")
