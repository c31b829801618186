# %% imports
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
# %% data
X = np.array([[0.0], [1.0], [10.0], [11.0]])
spare = X * 2
# %% fit
km = KMeans(n_clusters=2, n_init=5, random_state=0)
labels = km.fit_predict(X)
# %% judge
sil = silhouette_score(X, labels)
spread = float(X.std())
