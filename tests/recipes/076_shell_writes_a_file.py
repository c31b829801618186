# `!echo > file` writes what a later cell reads; another shell line prints only.
# %% imports keep
import celltrail
# %% write keep
!echo "3 5 9" > numbers.txt
# %% listing drop
!echo listing
# %% append keep
!echo "100" >> numbers.txt
# %% other drop
!echo "1" > other.txt
# %% read keep
with open("numbers.txt") as stream:
    numbers = [float(part) for part in stream.read().split()]
# %% doubled drop
doubled = [2 * number for number in numbers]
# %% evaluate keep
mean = sum(numbers) / len(numbers)
celltrail.log_metric("mean", mean)
