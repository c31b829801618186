"""Why results differ: two sides aligned, their differences ranked and said."""
