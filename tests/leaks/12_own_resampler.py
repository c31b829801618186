# Rows are copied before the split: copies of test rows are in the training part.
# warning: Oversampler (In [3]) | train_test_split (In [4]) ; executions 3 4 4
# %%
class Oversampler(BaseEstimator):
    def fit_resample(self, X, y):
        again = np.r_[np.arange(len(X)), np.flatnonzero(y)]
        return X[again], np.asarray(y)[again]
    def fit(self, X, y):
        return self
X, y = df[["a", "b"]].to_numpy(), df["label"].to_numpy()
# %%
X_more, y_more = Oversampler().fit_resample(X, y)
# %%
X_train, X_test, y_train, y_test = train_test_split(X_more, y_more, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
