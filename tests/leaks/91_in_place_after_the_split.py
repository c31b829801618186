# Both parts are changed in place: values cut, a column taken out.
# %%
train, test = train_test_split(df, random_state=0)
train.loc[train["a"] > 1, "a"] = 1.0
test.loc[test["a"] > 1, "a"] = 1.0
train.pop("d"), test.pop("d")
# %%
cols = ["a", "b"]
model = LogisticRegression().fit(train[cols], train["label"])
print(accuracy_score(test["label"], model.predict(test[cols])))
