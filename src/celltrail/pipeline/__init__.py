"""Notebooks run in batch; so far, the papermill engine."""
