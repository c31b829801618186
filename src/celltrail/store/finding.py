"""What an identifier, its digits, ``latest`` or a run's name stands for."""

from __future__ import annotations

from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.identifiers import short
from celltrail.store.database import Connection
from celltrail.store.expressions import (
    FITTED_IN_RUN,
    NOT_REPRODUCED,
    RESULT_ID,
)
from celltrail.store.results import WHOLE

# Fewer digits than this say too little to be an identifier.
SHORTEST_ID = 4
_ID_DIGITS = 32


def find_result(connection: Connection, text: str) -> int:
    """Return the row id of the result that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        ``latest`` or ``-1`` (``-2`` is the one before), an identifier, its first or
        last four digits or more, with ``.n`` for a step, or the name of a run (its
        newest result).

    Raises
    ------
    NotFound
        If nothing is called so, with near matches.
    UsageFault
        If several results are.
    """
    text = text.strip()
    nth = _nth(text)
    if nth is not None:
        row = connection.execute(
            "SELECT r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {NOT_REPRODUCED} ORDER BY r.at DESC, r.id DESC LIMIT 1 OFFSET ?",
            (nth - 1,),
        ).fetchone()
        if row is None:
            (known,) = connection.execute("SELECT count(*) FROM result").fetchone()
            raise NotFound(
                f"There is no result {text}; the store holds {known}.",
                "run a cell that computes a metric." if not known else None,
            )
        return int(row[0])
    digits, step = split_step(text)
    if _is_digits(digits):
        found = _result_matches(connection, digits, step)
        if len(found) > 1 and len({row[1] for row in found}) == 1 and step is None:
            whole = [row for row in found if row[2] == WHOLE]
            if whole:
                return int(whole[0][0])
            steps = sorted(row[2] for row in found)
            raise UsageFault(
                f"Execution {short(found[0][1])} has {len(steps)} results, one per step.",
                f"add the step: {short(found[0][1])}.{steps[0]} to .{steps[-1]}",
            )
        if len(found) == 1:
            return int(found[0][0])
        if found:
            raise _several("result", text, [row[1] for row in found])
    row = connection.execute(
        "SELECT result.id FROM run JOIN run_execution ON run_id = run.id"
        " JOIN result_execution USING (execution_id) JOIN result ON result.id = result_id"
        " WHERE run.name = ? ORDER BY result.at DESC, result.id DESC LIMIT 1",
        (text,),
    ).fetchone()
    if row is None:
        row = _result_fitted_in(connection, "run.name = ?", text)
    if row is None and _is_digits(digits):
        row = _result_of_run(connection, digits)
    if row is None:
        raise NotFound.named("result", text, _known_results(connection))
    return int(row[0])


def find_execution(connection: Connection, text: str) -> int:
    """Return the row id of the execution that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        As for `find_result`, a result standing for its (first) execution; identifiers
        of executions without results are found as well.

    Raises
    ------
    NotFound, UsageFault
        As `find_result`.
    """
    digits, _ = split_step(text.strip())
    if _is_digits(digits) and _nth(text.strip()) is None:
        found = _uuid_matches(connection, "execution", digits)
        with_results = {row[1] for row in _result_matches(connection, digits, None)}
        if len(found) > 1 and len(with_results) == 1:
            found = [row for row in found if row[1] in with_results]
        if len(found) == 1:
            return int(found[0][0])
        if found:
            raise _several("execution", text, [row[1] for row in found])
    result = find_result(connection, text)
    row = connection.execute("SELECT execution_id FROM result WHERE id = ?", (result,)).fetchone()
    return int(row[0])


def find_target(connection: Connection, text: str) -> str:
    """Return the full identifier of the result, run or execution that a text stands for.

    Raises
    ------
    NotFound, UsageFault
        As `find_result`.
    """
    text = text.strip()
    runs = connection.execute(
        "SELECT uuid FROM run WHERE name = ? ORDER BY id DESC LIMIT 1", (text,)
    ).fetchall()
    if runs:
        return str(runs[0][0].hex())
    try:
        result = find_result(connection, text)
    except NotFound:
        digits, step = split_step(text)
        if _is_digits(digits) and step is None:
            for table in ("run", "execution"):
                found = _uuid_matches(connection, table, digits)
                if len(found) == 1:
                    return str(found[0][1])
                if found:
                    raise _several(table, text, [row[1] for row in found]) from None
        raise
    digits, step = split_step(text)
    if _is_digits(digits) and step is None:
        found = _uuid_matches(connection, "run", digits)
        if len(found) == 1:
            return str(found[0][1])
    row = connection.execute(
        f"SELECT {RESULT_ID} FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        " WHERE r.id = ?",
        (result,),
    ).fetchone()
    return str(row[0])


def executions_of(connection: Connection, target: str) -> list[str]:
    """Return the identifiers of the executions behind a result, run or execution.

    Parameters
    ----------
    connection : Connection
    target : str
        As `find_target` returns it; a step stands for its whole execution.
    """
    uuid = bytes.fromhex(target.partition(".")[0])
    rows = connection.execute(
        "SELECT member.uuid FROM execution AS e JOIN result AS r ON r.execution_id = e.id"
        " JOIN result_execution AS m ON m.result_id = r.id"
        " JOIN execution AS member ON member.id = m.execution_id WHERE e.uuid = ?1"
        " UNION SELECT e.uuid FROM run JOIN run_execution AS m ON m.run_id = run.id"
        " JOIN execution AS e ON e.id = m.execution_id WHERE run.uuid = ?1"
        " UNION SELECT uuid FROM execution WHERE uuid = ?1",
        (uuid,),
    )
    return [row[0].hex() for row in rows]


def notebook_paths(connection: Connection) -> list[str]:
    """Return the paths of every notebook that has one."""
    return [
        path
        for (path,) in connection.execute(
            "SELECT DISTINCT path FROM notebook WHERE path IS NOT NULL ORDER BY path"
        )
    ]


def path_of_notebook(connection: Connection, identifier: str) -> str | None:
    """Return where a notebook was last; None if the store does not know it."""
    found = connection.execute(
        "SELECT path FROM notebook WHERE lower(hex(uuid)) = ?", (identifier.lower(),)
    ).fetchone()
    return None if found is None else found[0]


def known_words(connection: Connection, *, limit: int = 200) -> dict[str, list[str]]:
    """Return what can be completed: result ids, run names, columns of results."""
    metrics = connection.execute("SELECT DISTINCT name FROM result_metric").fetchall()
    params = connection.execute("SELECT DISTINCT name FROM result_param").fetchall()
    return {
        "results": [
            short_result(row[0])
            for row in connection.execute(
                f"SELECT {RESULT_ID} FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
                " ORDER BY r.at DESC, r.id DESC LIMIT ?",
                (limit,),
            )
        ],
        "runs": [
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT name FROM run WHERE name IS NOT NULL LIMIT ?", (limit,)
            )
        ],
        "metrics": sorted(name for (name,) in metrics),
        "params": sorted(name for (name,) in params),
    }


def short_result(identifier: str) -> str:
    """Return the digits of a result's identifier that people see, its step included."""
    digits, dot, step = identifier.partition(".")
    return short(digits) + dot + step


def _nth(text: str) -> int | None:
    """Return n for ``-n`` (1 for ``latest``); None for other texts."""
    if text.lower() in ("latest", "last"):
        return 1
    if text.startswith("-") and text[1:].isdecimal() and 0 < len(text) < 9 and int(text[1:]):
        return int(text[1:])
    return None


def split_step(text: str) -> tuple[str, int | None]:
    """Return the digits of an identifier, and the step after its dot or None."""
    digits, dot, step = text.partition(".")
    if dot and step.isdecimal() and len(step) < 10:
        return digits.lower(), int(step)
    return text.lower().replace("-", ""), None


def _is_digits(text: str) -> bool:
    return SHORTEST_ID <= len(text) <= _ID_DIGITS and set(text) <= set("0123456789abcdef")


def uuid_matches(connection: Connection, table: str, text: str) -> list[tuple[int, str]]:
    """Return (row id, identifier) of rows whose identifier is, starts or ends with digits.

    A text that cannot be digits of an identifier gives none.
    """
    digits, _ = split_step(text.strip())
    return _uuid_matches(connection, table, digits) if _is_digits(digits) else []


def _uuid_matches(connection: Connection, table: str, digits: str) -> list[tuple[int, str]]:
    if len(digits) == _ID_DIGITS:
        sql, values = "uuid = ?", [bytes.fromhex(digits)]
    else:
        low = bytes.fromhex(digits.ljust(_ID_DIGITS, "0"))
        high = bytes.fromhex(digits.ljust(_ID_DIGITS, "f"))
        rows = connection.execute(
            f"SELECT id, lower(hex(uuid)) FROM {table} WHERE uuid BETWEEN ? AND ? LIMIT 9",
            (low, high),
        ).fetchall()
        if rows and len(digits) > SHORTEST_ID * 2:
            return rows  # that many digits are not the end of another one by chance
        # People see the last digits; whole bytes are compared without making text.
        tail = bytes.fromhex(digits[len(digits) % 2 :])
        ends = connection.execute(
            f"SELECT id, lower(hex(uuid)) AS digits FROM {table}"
            " WHERE substr(uuid, -?) = ? AND substr(digits, -?) = ? LIMIT 9",
            (len(tail), tail, len(digits), digits),
        ).fetchall()
        return rows + [row for row in ends if row not in rows]
    return connection.execute(
        f"SELECT id, lower(hex(uuid)) FROM {table} WHERE {sql}", values
    ).fetchall()


def _result_matches(
    connection: Connection, digits: str, step: int | None
) -> list[tuple[int, str, int]]:
    if len(digits) == _ID_DIGITS:
        sql, values = "e.uuid = ?", list[Any]([bytes.fromhex(digits)])
    else:
        sql = (
            "(e.uuid BETWEEN ? AND ? OR (substr(e.uuid, -?) = ?"
            " AND substr(lower(hex(e.uuid)), -?) = ?))"
        )
        tail = bytes.fromhex(digits[len(digits) % 2 :])
        values = [
            bytes.fromhex(digits.ljust(_ID_DIGITS, "0")),
            bytes.fromhex(digits.ljust(_ID_DIGITS, "f")),
            len(tail),
            tail,
            len(digits),
            digits,
        ]
    if step is not None:
        sql += " AND r.step = ?"
        values.append(step)
    found = connection.execute(
        "SELECT r.id, lower(hex(e.uuid)), r.step FROM result AS r"
        f" JOIN execution AS e ON e.id = r.execution_id WHERE {sql} ORDER BY r.id LIMIT 2000",
        values,
    ).fetchall()
    if not found and step is None and len(digits) == _ID_DIGITS:
        # An execution that joined an earlier result stands for that one.
        found = connection.execute(
            "SELECT r.id, lower(hex(e.uuid)), r.step FROM execution AS e"
            " JOIN result_execution AS m ON m.execution_id = e.id"
            " JOIN result AS r ON r.id = m.result_id WHERE e.uuid = ?",
            values,
        ).fetchall()
    return found


def _result_of_run(connection: Connection, digits: str) -> tuple[int] | None:
    runs = _uuid_matches(connection, "run", digits)
    if len(runs) != 1:
        return None
    found: tuple[int] | None = connection.execute(
        "SELECT result.id FROM run_execution JOIN result_execution USING (execution_id)"
        " JOIN result ON result.id = result_id WHERE run_id = ?"
        " ORDER BY result.at DESC, result.id DESC LIMIT 1",
        (runs[0][0],),
    ).fetchone()
    return found or _result_fitted_in(connection, "run.id = ?", runs[0][0])


def _result_fitted_in(
    connection: Connection, condition: str, value: str | int
) -> tuple[int] | None:
    """Return the newest result of a model that an execution of a run fitted."""
    found: tuple[int] | None = connection.execute(
        f"SELECT r.id FROM {FITTED_IN_RUN} JOIN run ON run.id = x.run_id"
        f" WHERE {condition} ORDER BY r.at DESC, r.id DESC LIMIT 1",
        (value,),
    ).fetchone()
    return found


def _known_results(connection: Connection) -> list[str]:
    words = known_words(connection)
    return [*words["runs"], *words["results"], "latest"]


def _several(what: str, text: str, identifiers: list[str]) -> UsageFault:
    shown = ", ".join(sorted({short(identifier) for identifier in identifiers})[:8])
    return UsageFault(f"{text!r} fits more than one {what}: {shown}.", "write more digits.")
