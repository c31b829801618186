"""Observes cells and writes what happened; never raises into one."""
