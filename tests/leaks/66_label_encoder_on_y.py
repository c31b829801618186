# The classes' names become numbers before the split.
# %%
names = np.where(df["label"], "yes", "no")
y = LabelEncoder().fit_transform(names)
X = df[["a", "b"]]
# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
model.score(X_test, y_test)
