"""SQL that several readers share, over the aliases ``r`` (result) and ``e`` (its execution).

A result's run is that of the execution that made it; else the latest one of its other
own executions; else the run of the execution that fitted its model (of several models,
of the first one's). So ``%%mlops run`` on the fitting cell names the result of an
evaluation further down.
"""

from __future__ import annotations

import sqlite3

# What reproducing a result runs is no result of the user's own work.
NOT_REPRODUCED = (
    "NOT EXISTS (SELECT 1 FROM run_execution AS repeated JOIN run ON run.id = repeated.run_id"
    " WHERE repeated.execution_id = e.id AND run.kind = 'reproduce')"
)
RESULT_ID = "lower(hex(e.uuid)) || CASE WHEN r.step >= 0 THEN '.' || r.step ELSE '' END"
# From a run down to the results of what it fitted: an index holds their models.
FITTED_IN_RUN = (
    "run_execution AS x CROSS JOIN execution AS f ON f.id = x.execution_id"
    " CROSS JOIN result AS r ON r.model >= lower(hex(f.uuid)) || ':'"
    " AND r.model < lower(hex(f.uuid)) || ';'"
)
# Row id of the run, over the aliases ``r`` (result) and ``e`` (its execution); `prepare`
# comes first.
RUN_OF_RESULT = (
    "coalesce((SELECT max(run_id) FROM run_execution WHERE execution_id = e.id),"
    " (SELECT max(x.run_id) FROM result_execution AS m JOIN run_execution AS x"
    " ON x.execution_id = m.execution_id WHERE m.result_id = r.id),"
    " (SELECT max(x.run_id) FROM execution AS f JOIN run_execution AS x ON x.execution_id = f.id"
    " WHERE f.uuid = celltrail_fitter(r.model)))"
)


def prepare(connection: sqlite3.Connection) -> None:
    """Give the connection what `RUN_OF_RESULT` calls; a second time nothing happens.

    SQLite has ``unhex`` from 3.41 on; without it a model's key cannot meet an index.
    """
    try:
        connection.execute("SELECT celltrail_fitter(NULL)")
    except sqlite3.OperationalError:
        connection.create_function("celltrail_fitter", 1, _fitter, deterministic=True)


def _fitter(key: str | None) -> bytes | None:
    """The identifier of the execution in a model's key, ``execution:name``."""
    try:
        return None if key is None else bytes.fromhex(key.partition(":")[0])
    except ValueError:
        return None
