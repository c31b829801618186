# Rows go through a database file: the insert counts, the table that nobody reads does not, but
# it stands in the same file: either.
# %% imports keep
import sqlite3
import celltrail
# %% create keep
connection = sqlite3.connect("house.db")
connection.execute("CREATE TABLE price (value REAL)")
connection.commit()
# %% insert keep
connection.executemany("INSERT INTO price VALUES (?)", [(10.0,), (12.5,), (30.0,)])
connection.commit()
# %% other either
connection.execute("CREATE TABLE note (text TEXT)")
connection.commit()
# %% title drop
title = "prices"
# %% title_shown drop
title.upper()
# %% read keep
rows = connection.execute("SELECT value FROM price").fetchall()
# %% evaluate keep
mean = sum(value for (value,) in rows) / len(rows)
celltrail.log_metric("mean", mean)
