"""Readings of the graph: what a result came from."""
