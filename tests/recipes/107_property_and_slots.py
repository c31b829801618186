# A property's setter and a descriptor change state that is not in __dict__.
# %% imports keep
import celltrail
# %% class keep
class Meter:
    __slots__ = ("_level", "unit")
    def __init__(self):
        self._level, self.unit = 1.0, "m"
    @property
    def level(self):
        return self._level
    @level.setter
    def level(self, value):
        self._level = value * 2
# %% make keep
meter = Meter()
# %% other drop
other = Meter()
# %% set keep
meter.level = 21.0
# %% other_set drop
other.level = 900.0
other.unit = "km"
# %% shown drop
other.level
# %% evaluate keep
reading = meter.level + 0.5
celltrail.log_metric("reading", reading)
