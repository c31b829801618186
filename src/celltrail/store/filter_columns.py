"""The columns that a filter or a sort key may name."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from celltrail.core.errors import UsageFault
from celltrail.store.filter_text import (
    Column,
    fault_at,
)

# Attribute names (MLflow's spellings included) and what they stand for.
ATTRIBUTES = {
    "id": "id",
    "result_id": "id",
    "status": "status",
    "notebook": "notebook",
    "cell": "cell",
    "run": "run",
    "run_name": "run",
    "run_id": "run",
    "started_at": "started_at",
    "start_time": "started_at",
    "ended_at": "ended_at",
    "end_time": "ended_at",
    "duration": "duration",
    "environment": "environment",
    "session": "session",
    "unseeded": "unseeded",
}
CODE_COLUMNS = ("source", "digest")
ENVIRONMENT_COLUMNS = ("python", "platform", "git_commit", "digest")


class Columns:
    """The columns that a store's results have, and what a name in a text means among them.

    Parameters
    ----------
    connection : sqlite3.Connection
    text : str
        The filter or sort key as written, for messages that point into it.
    """

    def __init__(self, connection: sqlite3.Connection, text: str) -> None:
        self._connection = connection
        self._text = text

    def resolve(self, column: Column) -> Column:
        """Return the column with its namespace; UsageFault if the store has no such name."""
        if column.namespace is None:
            return self._resolve_bare(column)
        namespace, name = column.namespace, column.name
        if namespace == "attributes":
            if name.lower() not in ATTRIBUTES:
                raise self._unknown(column, ATTRIBUTES)
            return Column(namespace, ATTRIBUTES[name.lower()], column.at)
        if namespace == "code":
            if name.lower() not in CODE_COLUMNS:
                raise self._unknown(column, CODE_COLUMNS)
            return Column(namespace, name.lower(), column.at)
        if namespace == "env" and name in ENVIRONMENT_COLUMNS:
            return column
        if not self._has(namespace, name):
            known = names_of(self._connection, namespace)
            if self._has_results():
                raise self._unknown(column, known)
        return column

    def _resolve_bare(self, column: Column) -> Column:
        name = column.name
        if name.lower() in ATTRIBUTES:
            return Column("attributes", ATTRIBUTES[name.lower()], column.at)
        found = [spot for spot in ("metrics", "params") if self._has(spot, name)]
        if len(found) > 1:
            raise fault_at(
                self._text,
                column.at,
                f"{name!r} is a metric and a param.",
                f"write metrics.{name} or params.{name}.",
            )
        if found:
            return Column(found[0], name, column.at)
        if self._has("tags", name):
            return Column("tags", name, column.at)
        if self._has_results():
            known = [
                *names_of(self._connection, "metrics"),
                *names_of(self._connection, "params"),
                *ATTRIBUTES,
            ]
            raise self._unknown(column, known)
        return Column("metrics", name, column.at)

    def _has(self, namespace: str, name: str) -> bool:
        statements = {
            "metrics": "SELECT 1 FROM result_metric WHERE name = ? LIMIT 1",
            "params": "SELECT 1 FROM result_param WHERE name = ? LIMIT 1",
            "tags": "SELECT 1 FROM tag WHERE key = ? LIMIT 1",
            "data": "SELECT 1 FROM result_data WHERE name = ? LIMIT 1",
            "env": "SELECT 1 FROM environment, json_each(packages) AS p WHERE p.key = ? LIMIT 1",
        }
        return self._connection.execute(statements[namespace], (name,)).fetchone() is not None

    def _has_results(self) -> bool:
        return self._connection.execute("SELECT 1 FROM result LIMIT 1").fetchone() is not None

    def _unknown(self, column: Column, known: Sequence[str] | dict[str, str]) -> UsageFault:
        what = {
            "metrics": "metric",
            "params": "param",
            "tags": "tag",
            "attributes": "attribute",
            "data": "data",
            "code": "code column",
            "env": "environment column",
        }.get(column.namespace or "", "column")
        return UsageFault.unknown(what, column.name, known)


def names_of(connection: sqlite3.Connection, namespace: str) -> list[str]:
    """Return the names that a namespace has in the store, sorted."""
    statements = {
        "metrics": "SELECT DISTINCT name FROM result_metric",
        "params": "SELECT DISTINCT name FROM result_param",
        "tags": "SELECT DISTINCT key FROM tag",
        "data": "SELECT DISTINCT name FROM result_data",
        "env": "SELECT DISTINCT packages.key FROM environment, json_each(packages) AS packages",
    }
    if namespace == "attributes":
        return sorted(ATTRIBUTES)
    if namespace == "code":
        return sorted(CODE_COLUMNS)
    found = {row[0] for row in connection.execute(statements[namespace])}
    if namespace == "env":
        found.update(ENVIRONMENT_COLUMNS)
    return sorted(found)
