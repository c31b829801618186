"""Leaks and reuse, from the rows that reached each fit and each score."""
