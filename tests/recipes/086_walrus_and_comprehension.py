# A walrus in a comprehension binds a name of the session; the comprehension's own variable does
# not replace the name of the same spelling.
# %% imports keep
import celltrail
# %% n keep
n = 50.0
# %% values keep
values = [3.0, 8.0, 12.0, 7.0]
# %% shadow drop
doubled = [n * 2 for n in values]
# %% walrus keep
large = [last := value for value in values if value > 5]
# %% other drop
small = [least := value for value in values if value < 5]
# %% unpack keep
head, *rest = large
# %% shown drop
print(doubled, small, head)
# %% evaluate keep
total = n + last * 10 + sum(rest)
celltrail.log_metric("total", total)
