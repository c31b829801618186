# %% make
numbers = (n * n for n in range(5))
letters = iter(["a", "b"])
spare = (n for n in range(3))
factor = 2
def scaled(count):
    for n in range(count):
        yield n * factor
stream = scaled(3)
# %% consume
first = next(numbers)
# %% drain
rest = list(numbers)
# %% letter
a = next(letters)
# %% change
factor = 10
# %% pull
value = [next(stream), next(stream)]
