# After each pass over the training rows the test rows are looked at.
# warning: X_test was used to judge 6 models | SGDClassifier 6 times ; executions 3
# %%
from sklearn.linear_model import SGDClassifier
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
model = SGDClassifier(random_state=0)
for epoch in range(6):
    model.partial_fit(X_train, y_train, classes=[0, 1])
    print(epoch, model.score(X_test, y_test))
