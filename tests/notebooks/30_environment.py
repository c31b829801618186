# %% imports
import os
# %% set
os.environ["CORPUS_MODE"] = "fast"
os.environ["CORPUS_SPARE"] = "1"
# %% get
mode = os.environ["CORPUS_MODE"]
# %% getenv
same = os.getenv("CORPUS_MODE", "slow")
home = os.environ.get("HOME")
# %% move
os.mkdir("sub")
os.chdir("sub")
# %% after
n = len(mode)
