# Lines are appended to a file by two runs of one cell; both stay in the file.
# %% imports keep
import celltrail
# %% start keep
with open("log.txt", "w") as stream:
    stream.write("1\n")
# %% append keep
with open("log.txt", "a") as stream:
    stream.write("10\n")
# %% other drop
with open("other.txt", "a") as stream:
    stream.write("5\n")
# %% append#2 keep
with open("log.txt", "a") as stream:
    stream.write("10\n")
# %% other#2 drop
with open("other.txt", "a") as stream:
    stream.write("50\n")
# %% read keep
numbers = [float(line) for line in open("log.txt").read().split()]
# %% look drop
numbers[-1]
# %% evaluate keep
total = sum(numbers)
celltrail.log_metric("total", total)
