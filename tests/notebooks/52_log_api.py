# %% imports
import celltrail
depth = 3
spare = 9
# %% log
celltrail.log_param("layers", 2)
celltrail.log_param("depth", depth)
celltrail.log_metric("auc", 0.75)
celltrail.log_metric("loss", 1.0, step=0)
celltrail.log_metric("loss", 0.5, step=1)
