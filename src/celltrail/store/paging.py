"""Pages of results: newest first, or by sort keys that an index serves.

A page begins behind the keys of the last row of the page before, so rows that are written
in between move nothing: each row is on one page, however long a reader takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from celltrail.store.cursors import Key, foreign, read_cursor, write_cursor
from celltrail.store.database import Connection
from celltrail.store.expressions import (
    RUN_OF_RESULT,
)
from celltrail.store.filter import Order

LIMIT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class _SortKey:
    """An SQL expression to sort by, with the values bound in it; missing ones come last.

    Attributes
    ----------
    is_present : bool
        Never missing where it is used: then an index may be in its order.
    """

    sql: str
    is_descending: bool
    values: tuple[str, ...] = ()
    is_present: bool = False

    @property
    def order(self) -> str:
        way = "DESC" if self.is_descending else "ASC"
        return f"{self.sql} {way}" + ("" if self.is_present else " NULLS LAST")

    @property
    def further(self) -> str:
        return "<" if self.is_descending else ">"

    def behind(self, value: Key, at_it: str, bound: list[Any]) -> tuple[str, list[Any]]:
        """Return the condition of rows behind a value, or at it where `at_it` holds."""
        if value is None:
            return f"({self.sql} IS NULL AND {at_it})", [*self.values, *bound]
        here = [*self.values, value]
        beyond, head = f"{self.sql} {self.further} ?", here
        if not self.is_present:
            beyond, head = f"{beyond} OR {self.sql} IS NULL", [*here, *self.values]
        return f"({beyond} OR ({self.sql} = ? AND {at_it}))", [*head, *here, *bound]


@dataclass(frozen=True, slots=True)
class _Group:
    """Results that sort alike: those that have the first key, or those that do not.

    Attributes
    ----------
    source, condition : str
        Tables, the result among them as ``r``, and which of their rows.
    values : tuple
        Bound in `source` and `condition`, in this order.
    keys : tuple of _SortKey
    row : str
        Row id of the result: in the key's own table, where it has one.
    """

    source: str
    condition: str
    values: tuple[str, ...]
    keys: tuple[_SortKey, ...]
    row: str = "r.id"


def newest_page(
    connection: Connection, sql: str, values: list[Any], limit: int, cursor: str | None
) -> tuple[list[int], str | None]:
    """Return a page's row ids, newest first, and the cursor of the next one."""
    after = ""
    if cursor is not None:
        keys = read_cursor(cursor, "newest results", size=2)
        after = " AND (r.at, r.id) < (?, ?)"
        values = [*values, *keys]
    rows = connection.execute(
        "SELECT r.at, r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        f" WHERE {sql}{after} ORDER BY r.at DESC, r.id DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    page = rows[:limit]
    following = write_cursor("newest results", page[-1]) if len(rows) > limit else None
    return [row[1] for row in page], following


def sorted_page(
    connection: Connection,
    sql: str,
    values: list[Any],
    orders: tuple[Order, ...],
    limit: int,
    cursor: str | None,
) -> tuple[list[int], str | None]:
    """Return a page by the first order's index: its groups in turn, those without it last."""
    groups = _groups(orders)
    keys = [f"{order.namespace}.{order.name}{' down' * order.is_descending}" for order in orders]
    name = f"results by {', '.join(keys)}"
    number, after = _start(cursor, name, groups)
    found: list[tuple[int, Any]] = []
    while number < len(groups) and len(found) <= limit:
        group = groups[number]
        # Ties go the way of the first key, by row: then the index is in order to the end,
        # and a page stops early however many share a value.
        tie = _SortKey(group.row, orders[0].is_descending, is_present=True)
        behind = ("1", list[Any]()) if after is None else _behind((*group.keys, tie), after)
        rows = _rows(connection, group, tie, (sql, values), behind, limit + 1 - len(found))
        found.extend((number, row) for row in rows)
        number, after = number + 1, None
    page = found[:limit]
    following = write_cursor(name, (page[-1][0], *page[-1][1])) if len(found) > limit else None
    return [row[-1] for _, row in page], following


def _start(cursor: str | None, name: str, groups: list[_Group]) -> tuple[int, list[Key] | None]:
    """Return the group in which a page begins, and the keys behind which; None: all of it."""
    if cursor is None:
        return 0, None
    number, *keys = read_cursor(cursor, name)
    if type(number) is not int or not 0 <= number < len(groups):
        raise foreign()
    if len(keys) != len(groups[number].keys) + 1:
        raise foreign()
    return number, keys


def _rows(
    connection: Connection,
    group: _Group,
    tie: _SortKey,
    where: tuple[str, list[Any]],
    behind: tuple[str, list[Any]],
    limit: int,
) -> list[Any]:
    """Return the keys of a group's results with their row ids last, at most `limit`."""
    keys = (*group.keys, tie)
    # The key's own row id: tested before the result and its execution are looked up.
    # The plus keeps the key's index in front; else SQLite collects and sorts all.
    has_own = group.row != "r.id"
    test = where[0].replace("r.id IN (SELECT", f"+{group.row} IN (SELECT") if has_own else where[0]
    bound_in_keys = [value for key in keys for value in key.values]
    return connection.execute(
        f"SELECT {', '.join(key.sql for key in keys)} FROM {group.source}"
        f" JOIN execution AS e ON e.id = r.execution_id"
        f" WHERE {group.condition} AND {behind[0]} AND {test}"
        f" ORDER BY {', '.join(key.order for key in keys)} LIMIT ?",
        (*bound_in_keys, *group.values, *behind[1], *where[1], *bound_in_keys, limit),
    ).fetchall()


def _behind(keys: tuple[_SortKey, ...], after: list[Key]) -> tuple[str, list[Any]]:
    """Return the condition of rows behind some keys, and the values bound in it."""
    if all(key.is_present and not key.values for key in keys) and len(keys) == 2:
        # In this form SQLite finds the place in the index, however many share a value.
        pair = ", ".join(key.sql for key in keys)
        return f"({pair}) {keys[0].further} (?, ?)", list(after)
    sql, bound = f"{keys[-1].sql} {keys[-1].further} ?", [after[-1]]
    for key, value in reversed(list(zip(keys[:-1], after[:-1], strict=True))):
        sql, bound = key.behind(value, sql, bound)
    if len(keys) > 1 and keys[0].is_present:
        # Says no more than the rest, in a form that the index can start from.
        return f"{keys[0].sql} {keys[0].further}= ? AND {sql}", [after[0], *bound]
    return sql, bound


def _groups(orders: tuple[Order, ...]) -> list[_Group]:
    """Return the groups of the first sort key, each with what it is sorted by."""
    first = orders[0]
    later = tuple(map(_expression, orders[1:]))

    def present(sql: str) -> tuple[_SortKey, ...]:
        return (_SortKey(sql, first.is_descending, is_present=True), *later)

    if first.namespace in ("metrics", "params"):
        is_metric = first.namespace == "metrics"
        table, number = ("result_metric", "value") if is_metric else ("result_param", "number")
        # CROSS JOIN keeps the index on (name, number) in front, so a page stops early.
        joined = f"{table} AS k CROSS JOIN result AS r ON r.id = k.result_id"
        has_number = f"k.name = ? AND k.{number} IS NOT NULL"
        groups = [_Group(joined, has_number, (first.name,), present(f"k.{number}"), "k.result_id")]
        if not is_metric:
            has_text = "k.name = ? AND k.number IS NULL"
            groups.append(
                _Group(joined, has_text, (first.name,), present("k.value"), "k.result_id")
            )
        without = f" AND k.{number} IS NOT NULL" if is_metric else ""
        missing = (
            f"NOT EXISTS (SELECT 1 FROM {table} AS k WHERE k.result_id = r.id"
            f" AND k.name = ?{without})"
        )
        return [*groups, _Group("result AS r", missing, (first.name,), later)]
    if first.namespace == "tags":
        tagged = (
            "(SELECT target AS t, value AS v FROM tag WHERE key = ?) AS k JOIN result AS r"
            " JOIN execution AS x ON x.id = r.execution_id AND k.t = lower(hex(x.uuid))"
            " || CASE WHEN r.step >= 0 AND instr(k.t, '.') THEN '.' || r.step ELSE '' END"
        )
        missing = (
            "NOT EXISTS (SELECT 1 FROM tag WHERE key = ? AND target IN"
            " (lower(hex(e.uuid)), lower(hex(e.uuid)) || '.' || r.step))"
        )
        return [
            _Group(tagged, "1", (first.name,), present("k.v")),
            _Group("result AS r", missing, (first.name,), later),
        ]
    if first.name == "started_at":
        return [_Group("result AS r", "1", (), present("r.at"))]
    return [_Group("result AS r", "1", (), (_expression(first), *later))]


def _expression(order: Order) -> _SortKey:
    """Return a sort key over ``r`` and ``e`` that no index serves."""
    if order.namespace in _LOOKED_UP:
        return _SortKey(_LOOKED_UP[order.namespace], order.is_descending, (order.name,))
    return _SortKey(_ATTRIBUTES[order.name], order.is_descending)


_LOOKED_UP = {
    "metrics": "(SELECT value FROM result_metric WHERE result_id = r.id AND name = ?)",
    "params": (
        "(SELECT coalesce(number, value) FROM result_param WHERE result_id = r.id AND name = ?)"
    ),
    "tags": (
        "(SELECT value FROM tag WHERE key = ? AND target IN (lower(hex(e.uuid)),"
        " lower(hex(e.uuid)) || '.' || r.step) ORDER BY length(target) DESC LIMIT 1)"
    ),
}
_ATTRIBUTES = {
    "id": "hex(e.uuid)",
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
}
