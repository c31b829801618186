# The same without names that say so: the part cut later is there to choose by.
# %%
X, y = df[["a", "b", "c"]], df["label"]
A, last, ya, ylast = train_test_split(X, y, random_state=0)
A1, A2, ya1, ya2 = train_test_split(A, ya, random_state=1)
# %%
scores = [LogisticRegression(C=C).fit(A1, ya1).score(A2, ya2) for C in (0.1, 1, 10)]
# %%
print(LogisticRegression(C=1).fit(A1, ya1).score(last, ylast))
