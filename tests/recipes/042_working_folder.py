# The file is found only from the folder that os.chdir went to.
# %% imports keep
import os
import celltrail
# %% folder keep
os.makedirs("data", exist_ok=True)
# %% notes drop
os.makedirs("notes", exist_ok=True)
# %% write keep
with open("data/values.txt", "w") as stream:
    stream.write("3\n4\n8\n")
# %% write_note drop
with open("notes/today.txt", "w") as stream:
    stream.write("looked at values")
# %% change keep
os.chdir("data")
# %% where drop
len(os.getcwd()) > 0
# %% read keep
with open("values.txt") as stream:
    values = [float(line) for line in stream]
# %% evaluate keep
mean = sum(values) / len(values)
celltrail.log_metric("mean", mean)
