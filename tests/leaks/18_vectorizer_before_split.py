# A text vectorizer learns its words and weights from the test documents too.
# warning: TfidfVectorizer (In [2]) | train_test_split (In [3]) ; executions 2 3 3
# %%
docs = pd.Series(["good film", "bad film", "good plot", "bad plot", "dull", "fine"] * 10)
label = np.array([1, 0, 1, 0, 0, 1] * 10)
features = TfidfVectorizer().fit_transform(docs)
# %%
X_train, X_test, y_train, y_test = train_test_split(features, label, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
model.score(X_test, y_test)
