# A pipeline fitted on the training rows.
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
pipe = make_pipeline(StandardScaler(), SelectKBest(k=2), LogisticRegression())
pipe.fit(X_train, y_train)
print(f"{accuracy_score(y_test, pipe.predict(X_test)):.2f}", f1_score(y_test, pipe.predict(X_test)))
