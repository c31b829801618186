# What happens in a function is not seen: nothing is claimed, and that is said.
# verdict: unknown
# %%
def evaluate(X, y):
    model = LogisticRegression().fit(X, y)
    return model.score(X, y)
# %%
evaluate(df[["a", "b"]], df["label"])
