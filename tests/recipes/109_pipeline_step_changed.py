# A step of a pipeline is changed through its own name, and through set_params of the pipeline.
# %% imports keep
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %% data keep
X, y = load_wine(return_X_y=True)
# %% last keep
last = LogisticRegression(C=1.0)
# %% pipeline keep
pipeline = make_pipeline(StandardScaler(), last)
# %% spare drop
spare = make_pipeline(StandardScaler(), LogisticRegression())
# %% step_changed keep
last.C = 0.01
# %% params_changed keep
pipeline.set_params(standardscaler__with_std=False)
# %% spare_changed drop
spare.set_params(logisticregression__C=77)
# %% shown drop
print(spare)
# %% fit keep
pipeline.fit(X, y)
# %% evaluate keep
loss = log_loss(y, pipeline.predict_proba(X))
