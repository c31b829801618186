# %% write
import json
from pathlib import Path
config = {"lr": 0.1, "layers": [8, 4]}
with open("config.json", "w") as f:
    json.dump(config, f)
Path("notes.txt").write_text("hello\n")
# %% read
with open("config.json") as f:
    loaded = json.load(f)
lr = loaded["lr"]
# %% append
with open("notes.txt", "a") as log:
    log.write("more\n")
# %% read_notes
text = Path("notes.txt").read_text()
# %% folder
Path("out").mkdir()
Path("out/deep.txt").write_text(text)
# %% in_function
def slurp(name):
    with open(name) as stream:
        return stream.read()
deep = slurp("out/deep.txt")
# %% show
print(loaded, lr, deep)
