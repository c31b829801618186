# %% setup
registry = {}
offset = 3
factor = 2
spare = 1
# %% tools
import functools
calls = []
def register(function):
    registry[function.__name__] = function
    return function
def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        calls.append(function.__name__)
        return function(*args)
    return wrapper
# %% handler
@register
def handler(x):
    return x + offset
# %% double
@logged
def double(x):
    return x * factor
# %% call
out = double(5)
# %% lookup
found = registry["handler"](1)
# %% show
print(out, found, calls)
