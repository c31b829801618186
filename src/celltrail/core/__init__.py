"""Pure functions and facts: no I/O, no clock, no environment, no randomness."""
