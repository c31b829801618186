# A function hides a builtin for a while; deleting it brings the builtin back.
# %% imports keep
import celltrail
# %% patch keep
def sum(values):
    total = 1.0
    for value in values:
        total *= value
    return total
# %% data keep
values = [2.0, 3.0, 4.0]
# %% max drop
biggest = max(values)
# %% call keep
product = sum(values)
# %% unpatch keep
del sum
# %% evaluate keep
value = product + sum(values) / 7
celltrail.log_metric("value", value)
