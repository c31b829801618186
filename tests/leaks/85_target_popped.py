# The target is taken out of both parts in place.
# %%
train, test = train_test_split(df, random_state=0)
y_train, y_test = train.pop("label"), test.pop("label")
# %%
scaler = StandardScaler().fit(train)
model = LogisticRegression().fit(scaler.transform(train), y_train)
print(model.score(scaler.transform(test), y_test))
