# Whether a class of one's own learns from rows is not known.
# unknown: Clipper (In [3]) | Whether it learns from rows is not known ; executions 3 3 3
# %%
class Clipper(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X.clip(-1, 1)
# %%
X = Clipper().fit_transform(df[["a", "b"]])
X_train, X_test, y_train, y_test = train_test_split(X, df["label"], random_state=0)
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
