# Names are made by globals().update and vars(), and changed by exec.
# %% imports keep
import celltrail
# %% base keep
base = 2.0
# %% update keep
globals().update({"gain": 3.5})
# %% spare drop
globals().update({"junk": 1})
# %% vars keep
vars()["bias"] = 0.25
# %% rebase keep
exec("base += 1")
# %% spare_exec drop
exec("junk2 = 5")
# %% evaluate keep
value = base * gain + bias
celltrail.log_metric("value", value)
