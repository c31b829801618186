# %% setup
x = 1
i = 9
e = 3
n = 4
upper = 5
# %% assigned
x = 10
y = x + 1
# %% comprehension
squares = [i * i for i in range(3)]
# %% local
def f(n):
    e = n + 1
    return e
r = f(2)
# %% maybe
if r > 100:
    n = 0
z = n
# %% attribute
w = "abc".upper().replace("i", "e")
# %% swap
x, y = y, x
# %% body
class Box:
    i = 1
    size = i + z
