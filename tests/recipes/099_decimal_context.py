# The precision of decimal's context is process-wide state of a library that no one lists.
# %% imports keep
import decimal
import celltrail
# %% precision keep
decimal.getcontext().prec = 3
# %% parts keep
parts = [decimal.Decimal(1) / 3, decimal.Decimal(2) / 7]
# %% floats drop
[float(part) for part in parts]
# %% spare drop
spare = 1 / 3
# %% evaluate keep
total = float(sum(parts) * 1000)
celltrail.log_metric("total", total)
