# The test rows are handed to the fit; with early stopping they would choose the rounds.
# unknown: X_test was handed to the fit of Booster (In [3]) ; executions 3
# %%
class Booster(LogisticRegression):
    def fit(self, X, y, eval_set=None):
        return super().fit(X, y)
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
booster = Booster().fit(X_train, y_train, eval_set=[(X_test, y_test)])
print(booster.score(X_test, y_test))
