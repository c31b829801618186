# %% setup
import contextlib
items = [1, 2, 3]
command = {"op": "add", "n": 4}
fallback = "small"
unused = 0
# %% walrus
if (size := len(items)) > 2:
    label = "big"
else:
    label = fallback
    mode = "odd"
# %% match
match command:
    case {"op": "add", "n": n}:
        total = n + size
    case {"op": "sub", "n": m}:
        total = -m
# %% with
with contextlib.nullcontext(items) as inner, contextlib.suppress(KeyError):
    picked = inner[0]
# %% handled
try:
    value = command["absent"]
except KeyError as problem:
    value = size
# %% unpack
head, *tail = items
# %% show
print(label, total, picked, value, head, tail)
