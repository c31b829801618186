# Predictions for all rows stand in the frame; only test rows are judged.
# %%
train, test = train_test_split(df, random_state=0)
model = LogisticRegression().fit(train[["a", "b"]], train["label"])
# %%
df["pred"] = model.predict(df[["a", "b"]])
judged = df.loc[test.index]
print(accuracy_score(judged["label"], judged["pred"]))
