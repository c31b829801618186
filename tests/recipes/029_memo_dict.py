# A dict keeps what was computed with the old factor; only the keys asked for again matter, but
# the other key lies in the same dict: either.
# %% imports keep
import celltrail
# %% memo keep
memo = {}
def cost(n):
    if n not in memo:
        memo[n] = n * factor
    return memo[n]
# %% factor keep
factor = 3.0
# %% first keep
cost(4)
# %% other_key either
cost(6)
# %% unused drop
table = {n: n * 100 for n in range(5)}
# %% table_changed drop
table[9] = 1
# %% refactor keep
factor = 50.0
# %% show drop
print(f"factor is {factor}")
# %% evaluate keep
total = cost(4) + factor
celltrail.log_metric("cost", total)
