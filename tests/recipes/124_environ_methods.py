# setdefault and update of os.environ; popping what is not there changes nothing.
# %% imports keep
import os
import celltrail
# %% set keep
os.environ.setdefault("LEVEL_OF_TEST", "3")
# %% update keep
os.environ.update(GAIN_OF_TEST="4")
# %% pop drop
os.environ.pop("NOT_THERE_AT_ALL", None)
# %% read keep
level = int(os.getenv("LEVEL_OF_TEST", "1"))
# %% look drop
level
# %% evaluate keep
value = float(level * int(os.environ.get("GAIN_OF_TEST", 9))) / 7
celltrail.log_metric("value", value)
