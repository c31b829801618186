# %% make
def make_counter(start):
    count = start
    def bump():
        nonlocal count
        count += 1
        return count
    return bump
tick = make_counter(10)
tock = make_counter(0)
# %% call
one = tick()
# %% again
two = tick()
# %% call_tock
three = tock()
