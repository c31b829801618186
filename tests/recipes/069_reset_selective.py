# %reset_selective takes names away; the branch depends on one of them, and the name that is
# reset without any use does not count.
# %% imports keep
import celltrail
# %% override keep
trial_rate = 8.0
# %% base keep
rate = trial_rate / 4
# %% spare drop
spare_rate = 3.0
# %% reset_spare drop
%reset_selective -f ^spare_
# %% reset keep
%reset_selective -f ^trial_
# %% look drop
rate
# %% evaluate keep
final = rate + (trial_rate if "trial_rate" in globals() else 0.25)
celltrail.log_metric("final", final)
