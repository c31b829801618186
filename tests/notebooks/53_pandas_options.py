# %% imports
import pandas as pd
frame = pd.DataFrame({"x": range(100)})
spare = 1
# %% set
pd.options.display.max_rows = 10
# %% call
pd.set_option("display.precision", 2)
# %% scoped
with pd.option_context("display.max_rows", 4):
    text = repr(frame)
# %% show
frame
