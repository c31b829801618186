"""Data by name: its versions, where it came from, what changed in it."""
