# Cut by position; the parts share no row though both come from one frame.
# %%
train, test = df.iloc[:80], df.iloc[80:]
# %%
cols = ["a", "b"]
model = LogisticRegression().fit(train[cols], train["label"])
print(accuracy_score(test["label"], model.predict(test[cols])))
