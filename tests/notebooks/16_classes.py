# %% define
step = 2
class Counter:
    limit = 100
    def __init__(self, start):
        self.value = start
    def add(self):
        self.value += step
        return self.value
class Other:
    def run(self):
        return step
# %% make
c = Counter(10)
# %% use
first = c.add()
# %% patch
Counter.limit = 50
# %% read
cap = c.limit
# %% redefine
class Counter:
    pass
# %% old
second = c.add()
