# lines = !cmd binds what the command printed; the command reads a file that a cell wrote.
# %% imports keep
import celltrail
# %% write keep
with open("sizes.txt", "w") as stream:
    stream.write("12\n30\n7\n")
# %% other drop
dates = !echo monday
# %% lines keep
lines = !cat sizes.txt
# %% shown drop
print(dates, len(lines))
# %% numbers keep
numbers = [float(line) for line in lines]
# %% sorted drop
sorted(numbers)
# %% evaluate keep
mean = sum(numbers) / len(numbers)
celltrail.log_metric("mean", mean)
