"""The only SQL and the only files that celltrail writes."""
