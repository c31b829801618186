# A file is copied before the original is changed: the change does not count.
# %% imports keep
import shutil
from pathlib import Path
import celltrail
# %% write keep
Path("a.txt").write_text("3 9")
# %% copy keep
shutil.copy("a.txt", "b.txt")
# %% change drop
Path("a.txt").write_text("1000")
# %% read keep
text = Path("b.txt").read_text()
# %% look drop
print(text)
# %% evaluate keep
value = sum(map(float, text.split())) / 7
celltrail.log_metric("value", value)
