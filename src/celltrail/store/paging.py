"""Pages of results: newest first, or by sort keys that an index serves."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from celltrail.core.errors import UsageFault
from celltrail.store.database import Connection
from celltrail.store.expressions import (
    RUN_OF_RESULT,
)
from celltrail.store.filter import Order

LIMIT_MAX = 1_000


def newest_page(
    connection: Connection, sql: str, values: list[Any], limit: int, cursor: str | None
) -> tuple[list[int], str | None]:
    """Return a page's row ids, newest first, and the cursor of the next one."""
    after = ""
    if cursor is not None:
        at, row_id = _read_cursor(cursor, "n")
        after = " AND (r.at, r.id) < (?, ?)"
        values = [*values, at, row_id]
    rows = connection.execute(
        "SELECT r.id, r.at FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        f" WHERE {sql}{after} ORDER BY r.at DESC, r.id DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    page = rows[:limit]
    following = _write_cursor("n", page[-1][1], page[-1][0]) if len(rows) > limit else None
    return [row[0] for row in page], following


def sorted_page(
    connection: Connection,
    sql: str,
    values: list[Any],
    orders: tuple[Order, ...],
    limit: int,
    cursor: str | None,
) -> tuple[list[int], str | None]:
    """Return a page by the first order's index: its groups in turn, those without it last."""
    offset = _read_cursor(cursor, "o")[0] if cursor is not None else 0
    left = limit + 1
    skip = offset
    ids: list[int] = []
    later = [_expression(order) for order in orders[1:]]
    tail_values = [value for _, bound in later for value in bound]
    # Ties go the way of the key, by row: then the index is in order to the end, and a
    # page stops early however many share a value.
    ties = f", {{}}{' DESC' if orders[0].is_descending else ''}"
    tail = "".join(f", {text}" for text, _ in later)
    for source, bound, condition, first in _groups(orders[0]):
        has_key = "k.result_id" in source
        # The key's own row id: tested before the result and its execution are looked up.
        # The plus keeps the key's index in front; else SQLite collects and sorts all.
        test = sql.replace("r.id IN (SELECT", "+k.result_id IN (SELECT") if has_key else sql
        statement = (
            f" FROM {source} JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {condition} AND {test}"
        )
        inner = [*bound, *values]
        tie = ties.format("k.result_id" if has_key else "r.id")
        rows = connection.execute(
            f"SELECT r.id{statement} ORDER BY {first}{tail}{tie} LIMIT ? OFFSET ?",
            (*inner, *tail_values, left, skip),
        ).fetchall()
        ids.extend(row[0] for row in rows)
        left -= len(rows)
        if left <= 0:
            break
        if skip and not rows:
            (size,) = connection.execute(f"SELECT count(*){statement}", inner).fetchone()
            skip -= min(skip, size)
        else:
            skip = 0
    following = _write_cursor("o", offset + limit) if len(ids) > limit else None
    return ids[:limit], following


def _groups(order: Order) -> list[tuple[str, list[Any], str, str]]:
    """Return (tables, values, condition, sort expression) of each group of a sort key."""
    way = "DESC" if order.is_descending else "ASC"
    plain = "result AS r"
    if order.namespace in ("metrics", "params"):
        table, number = (
            ("result_metric", "value")
            if order.namespace == "metrics"
            else ("result_param", "number")
        )
        # CROSS JOIN keeps the index on (name, number) in front, so a page stops early.
        joined = f"{table} AS k CROSS JOIN result AS r ON r.id = k.result_id"
        groups = [
            (joined, [order.name], f"k.name = ? AND k.{number} IS NOT NULL", f"k.{number} {way}")
        ]
        if order.namespace == "params":
            groups.append(
                (joined, [order.name], "k.name = ? AND k.number IS NULL", f"k.value {way}")
            )
            missing = (
                "NOT EXISTS (SELECT 1 FROM result_param AS k WHERE k.result_id = r.id"
                " AND k.name = ?)"
            )
        else:
            missing = (
                "NOT EXISTS (SELECT 1 FROM result_metric AS k WHERE k.result_id = r.id"
                " AND k.name = ? AND k.value IS NOT NULL)"
            )
        return [*groups, (plain, [order.name], missing, "1")]
    if (order.namespace, order.name) == ("attributes", "started_at"):
        return [(plain, [], "1", f"r.at {way}")]
    text, bound = _expression(order)
    # The sort expression's values stand behind the condition's, so they go in as a column.
    if bound:
        source = (
            "(SELECT target AS t, value AS v FROM tag WHERE key = ?) AS k JOIN result AS r"
            " JOIN execution AS x ON x.id = r.execution_id AND k.t = lower(hex(x.uuid))"
            " || CASE WHEN r.step >= 0 AND instr(k.t, '.') THEN '.' || r.step ELSE '' END"
        )
        missing = (
            "NOT EXISTS (SELECT 1 FROM tag WHERE key = ? AND target IN"
            " (lower(hex(e.uuid)), lower(hex(e.uuid)) || '.' || r.step))"
        )
        return [(source, [order.name], "1", f"k.v {way}"), (plain, [order.name], missing, "1")]
    return [(plain, [], "1", text)]


def _expression(order: Order) -> tuple[str, list[Any]]:
    """Return a sort expression over ``r`` and ``e``, missing values last, and its values."""
    way = "DESC" if order.is_descending else "ASC"
    if order.namespace == "metrics":
        text = "(SELECT value FROM result_metric WHERE result_id = r.id AND name = ?)"
        return f"{text} {way} NULLS LAST", [order.name]
    if order.namespace == "params":
        text = (
            "(SELECT coalesce(number, value) FROM result_param WHERE result_id = r.id AND name = ?)"
        )
        return f"{text} {way} NULLS LAST", [order.name]
    if order.namespace == "tags":
        text = (
            "(SELECT value FROM tag WHERE key = ? AND target IN (lower(hex(e.uuid)),"
            " lower(hex(e.uuid)) || '.' || r.step) ORDER BY length(target) DESC LIMIT 1)"
        )
        return f"{text} {way} NULLS LAST", [order.name]
    text = {
        "id": "e.uuid",
        "status": "e.status",
        "notebook": "(SELECT path FROM notebook WHERE notebook.id = e.notebook_id)",
        "cell": "(SELECT name FROM cell WHERE cell.id = e.cell_id)",
        "run": "(SELECT coalesce(run.name, lower(hex(run.uuid))) FROM run"
        f" WHERE run.id = {RUN_OF_RESULT})",
        "started_at": "r.at",
        "ended_at": "e.ended_at",
        "duration": "(e.ended_at - e.started_at)",
        "environment": "e.environment_id",
        "session": "e.session_id",
        "unseeded": "(e.unseeded IS NOT NULL)",
    }[order.name]
    return f"{text} {way} NULLS LAST", []


def _read_cursor(cursor: str, kind: str) -> tuple[int, ...]:
    try:
        word, *numbers = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        word, numbers = None, []
    expected = {"n": 2, "o": 1}[kind]
    are_numbers = all(type(n) is int and 0 <= n < 1 << 62 for n in numbers)
    if word != kind or len(numbers) != expected or not are_numbers:
        raise UsageFault("The cursor belongs to another list.", "start again without a cursor.")
    return tuple(numbers)


def _write_cursor(kind: str, *numbers: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([kind, *numbers]).encode()).decode()
