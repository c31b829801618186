"""The cells that a result needs, in order, with the reason for each."""
