# Cut by masks.
# %%
train = df[df["c"] < 0.3]
test = df[df["c"] >= 0.3]
# %%
model = LogisticRegression()
model.fit(train[["a", "b"]], train["label"])
model.score(test[["a", "b"]], test["label"])
