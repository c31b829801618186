# Path.write_text and read_text, a renamed file and a removed one.
# %% imports keep
from pathlib import Path
import celltrail
# %% write keep
Path("draft.txt").write_text("4 5 6")
# %% write_other drop
Path("junk.txt").write_text("1")
# %% rename keep
Path("draft.txt").rename("final.txt")
# %% remove drop
Path("junk.txt").unlink()
# %% read keep
numbers = [float(part) for part in Path("final.txt").read_text().split()]
# %% shown drop
print(max(numbers))
# %% evaluate keep
product = numbers[0] * numbers[1] + numbers[2]
celltrail.log_metric("product", product)
