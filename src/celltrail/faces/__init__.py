"""What people touch: magics, command line, Python functions."""
