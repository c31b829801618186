# %% setup
count = 1000
log = []
idle = 2000
# %% define
def bump(by):
    global count
    count += by
    log.append(by)
# %% call
bump(300)
# %% call_again
bump(300)
# %% show
print(count, log)
