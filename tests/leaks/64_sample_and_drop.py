# Cut by sample and drop.
# %%
train = df.sample(frac=0.8, random_state=1)
test = df.drop(train.index)
# %%
model = LogisticRegression().fit(train[["a", "b"]], train["label"])
print(model.score(test[["a", "b"]], test["label"]))
