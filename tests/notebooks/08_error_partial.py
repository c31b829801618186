# %% setup
data = [1, 2]
limit = 10
never = 5
# %% fails
step = 2
a = data[0]
data.append(3)
b = 1 / (limit - 10)
c = never
rate = 0.5
# %% after
print(a, data, step)
