# A file is opened in one cell, written in two and closed in a fourth.
# %% imports keep
import celltrail
# %% open keep
stream = open("rows.txt", "w")
# %% w1 keep
stream.write("4\n"); None
# %% other drop
other = open("other.txt", "w"); other.write("1"); other.close()
# %% w2 keep
print("9", file=stream)
# %% close keep
stream.close()
# %% read keep
rows = [float(line) for line in open("rows.txt")]
# %% look drop
len(rows)
# %% evaluate keep
value = rows[0] * 2 + rows[1] / 7
celltrail.log_metric("value", value)
