# Methods of other things with the same names: str.split, groupby.transform, a game's score.
# %%
class Game:
    def score(self):
        return 3
words = "a b c".split()
df["mean"] = df.groupby("label")["a"].transform("mean")
Game().score()
# %%
X, y = df[["a", "b", "c"]], df["label"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
