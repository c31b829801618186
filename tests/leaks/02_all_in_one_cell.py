# The same in one cell, the scaled array put back into a frame.
# warning: MinMaxScaler (In [2]) | train_test_split (In [2]) ; executions 2
# %%
X = df.drop(columns="label")
y = df["label"]
X = pd.DataFrame(MinMaxScaler().fit_transform(X), columns=X.columns)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
model = LogisticRegression()
model.fit(X_train, y_train)
pred = model.predict(X_test)
acc = accuracy_score(y_test, pred)
