"""What of a notebook is out of date, and how to refresh it."""
