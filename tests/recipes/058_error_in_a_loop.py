# The loop appends until it meets a bad row; a second cell raises before it changes anything.
# %% imports keep
import celltrail
# %% rows keep
rows = ["4", "8", "15", "bad", "16"]
# %% parsed keep
values = []
# %% loop keep raises
for row in rows:
    values.append(float(row))
# %% useless drop raises
float(rows[3])
values.append(1000.0)
# %% copy drop
spare = [value * 2 for value in values]
# %% undefined drop raises
values.extend(no_such_list)
# %% evaluate keep
mean = sum(values) / len(values)
celltrail.log_metric("mean", mean)
