"""The only drawings: a function from a report to a plotly figure for each kind that has one."""
