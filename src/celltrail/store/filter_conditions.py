"""Conditions of a filter as SQL, with every value bound."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from celltrail.core.errors import UsageFault
from celltrail.store.expressions import RUN_OF_RESULT
from celltrail.store.filter_columns import (
    ENVIRONMENT_COLUMNS,
    Columns,
)
from celltrail.store.filter_text import (
    Column,
    Condition,
    Every,
    Node,
    Not,
    Some,
    Value,
    fault_at,
)

EXACT_INTEGER = 1 << 53  # beyond it neighbouring integers are one float
# Of an execution in an outer and an inner run both can be asked for.
_IS_ITS_RUN = (
    f"run.id IN (SELECT {RUN_OF_RESULT}"
    " UNION ALL SELECT run_id FROM run_execution WHERE execution_id = e.id)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_PARAM = "type NOT IN ('int', 'float', 'bool', 'none')"
_PARAM_TEXT = "CASE json_type(value) WHEN 'text' THEN json_extract(value, '$') ELSE value END"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition over the aliases ``r`` (result) and ``e`` (its execution)."""

    sql: str
    values: tuple[str | float | bytes, ...]


class Compiler:
    """Makes the SQL of one filter; every value of the text is bound.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store whose names the columns must be among.
    text : str
        The filter as written, for messages that point into it.
    """

    def __init__(self, connection: sqlite3.Connection, text: str) -> None:
        self._columns = Columns(connection, text)
        self._text = text
        self._values: list[str | float | bytes] = []

    def compile(self, node: Node) -> Filter:
        """Return the condition that the tree stands for."""
        sql = self._node(node)
        return Filter(sql, tuple(self._values))

    def _node(self, node: Node) -> str:
        if isinstance(node, Not):
            return f"NOT ({self._node(node.item)})"
        if isinstance(node, Every):
            return "(" + " AND ".join(self._node(item) for item in node.items) + ")"
        if isinstance(node, Some):
            return "(" + " OR ".join(self._node(item) for item in node.items) + ")"
        column = self._columns.resolve(node.column)
        make = {
            "metrics": self._metric,
            "params": self._param,
            "tags": self._tag,
            "attributes": self._attribute,
            "data": self._data,
            "code": self._code,
            "env": self._environment,
        }[column.namespace or "metrics"]
        return make(column, node)

    def _bind(self, value: str | float | bytes) -> str:
        self._values.append(value)
        return "?"

    def _metric(self, column: Column, node: Condition) -> str:
        head = (
            f"r.id IN (SELECT result_id FROM result_metric WHERE name = {self._bind(column.name)}"
        )
        if node.operator == "null":
            return f"NOT ({head}))"
        if node.operator == "in":
            numbers = [self._numeric(value, column) for value in node.values]
            marks = ", ".join(self._bind(number) for number in numbers if number == number)
            has_nan = "kind = 'nan'" if any(number != number for number in numbers) else "0"
            return f"{head} AND (value IN ({marks}) OR {has_nan}))"
        if node.operator in ("like", "ilike"):
            raise self._mistaken(column, "a metric is a number; LIKE is for text.")
        return (
            f"{head} AND {self._metric_test(node.operator, self._numeric(node.values[0], column))})"
        )

    def _metric_test(self, operator: str, value: float) -> str:
        if value != value:  # NaN equals NaN here: it is what the user asks to find
            return {"=": "kind = 'nan'", "!=": "kind <> 'nan'"}.get(operator, "0")
        if operator == "!=":
            return f"value IS NOT {self._bind(value)}"
        return f"value {operator} {self._bind(value)}"

    def _numeric(self, value: Value, column: Column) -> float:
        if isinstance(value, (bool, str)):
            raise self._mistaken(column, f"a metric is compared with a number; {value!r} is none.")
        return _as_float(value)

    def _param(self, column: Column, node: Condition) -> str:
        head = f"r.id IN (SELECT result_id FROM result_param WHERE name = {self._bind(column.name)}"
        if node.operator == "null":
            return f"NOT ({head}))"
        if node.operator == "!=":
            # Every other value, whatever its type.
            return f"{head} AND NOT ({self._param_test('=', node.values[0])}))"
        if node.operator == "in":
            return f"{head} AND {self._param_in(node.values)})"
        return f"{head} AND {self._param_test(node.operator, node.values[0])})"

    def _param_test(self, operator: str, value: Value) -> str:
        if operator in ("like", "ilike"):
            return f"({_TEXT_PARAM} AND {self._like(_PARAM_TEXT, operator, str(value))})"
        if isinstance(value, bool):
            word = self._bind(json.dumps(value))
            return f"(type = 'bool' AND value {operator} {word})" if operator == "=" else "0"
        if isinstance(value, str):
            if operator == "=":
                # Both spellings of JSON text, and lists as they are written.
                spellings = {json.dumps(value), json.dumps(value, ensure_ascii=False)}
                marks = ", ".join(self._bind(spelling) for spelling in sorted(spellings))
                written = self._bind(_compact(value))
                other = f"type IN ('list', 'tuple', 'dict', 'set') AND value = {written}"
                return f"(number IS NULL AND (value IN ({marks}) OR {other}))"
            return f"({_TEXT_PARAM} AND {_PARAM_TEXT} {operator} {self._bind(value)})"
        number = _as_float(value)
        if number != number:
            return """(type = 'float' AND value = '{"$float":"nan"}')""" if operator == "=" else "0"
        if operator == "=" and isinstance(value, int) and abs(value) >= EXACT_INTEGER:
            return f"(type = 'int' AND value = {self._bind(str(value))})"
        return f"(number IS NOT NULL AND number {operator} {self._bind(number)})"

    def _param_in(self, values: tuple[Value, ...]) -> str:
        """Return one test for a list; an OR for each value would nest too deep for SQLite."""
        plain: list[float] = []
        texts: list[str] = []
        tests = []
        for value in dict.fromkeys((type(value), value) for value in values):
            match value[1]:
                case bool() | str() as word:
                    texts.append(json.dumps(word))
                    texts.append(json.dumps(word, ensure_ascii=False))
                case int() | float() as number if (
                    number == number and abs(_as_float(number)) < EXACT_INTEGER
                ):
                    plain.append(float(number))
                case number:
                    tests.append(self._param_test("=", number))
        tests.append(f"(number IS NOT NULL AND number IN ({self._marks(plain)}))")
        tests.append(f"(number IS NULL AND value IN ({self._marks(texts)}))")
        return f"({' OR '.join(tests)})"

    def _marks(self, values: Sequence[str | float]) -> str:
        return ", ".join(self._bind(value) for value in values)

    def _tag(self, column: Column, node: Condition) -> str:
        test = "1" if node.operator == "null" else None
        # The name is bound before the test, in the order of the marks.
        key = self._bind(column.name)
        if test is None:
            operator = "=" if node.operator == "!=" else node.operator
            test = self._text_test("value", operator, node.values)
            if node.operator == "!=":
                test = f"NOT ({test})"
        targets = f"(SELECT target FROM tag WHERE key = {key} AND {test})"
        # The set is wanted three times, so it is made once under a name of its own.
        met = (
            f"EXISTS (WITH met(target) AS MATERIALIZED {targets} SELECT 1 FROM met WHERE target IN"
            " (lower(hex(e.uuid)), lower(hex(e.uuid)) || '.' || r.step,"
            f" (SELECT lower(hex(run.uuid)) FROM run WHERE run.id = {RUN_OF_RESULT})))"
        )
        return f"NOT {met}" if node.operator == "null" else met

    def _attribute(self, column: Column, node: Condition) -> str:
        name = column.name
        if name in ("started_at", "ended_at", "duration"):
            sql = {
                "started_at": "e.started_at",
                "ended_at": "e.ended_at",
                "duration": "(e.ended_at - e.started_at)",
            }[name]
            if node.operator == "null":
                return f"({sql} IS NULL)"
            if node.operator in ("like", "ilike"):
                raise self._mistaken(column, "a time is compared with =, <, > or IN.")
            values = [self._microseconds(value, column) for value in node.values]
            if node.operator == "in":
                return f"(coalesce({sql} IN ({', '.join(map(self._bind, values))}), 0))"
            return f"(coalesce({sql} {node.operator} {self._bind(values[0])}, 0))"
        if name == "unseeded":
            if (
                node.operator == "null"
                or node.operator not in ("=", "!=")
                or not isinstance(node.values[0], bool)
            ):
                raise self._mistaken(column, "unseeded is compared with true or false.")
            wanted = node.values[0] is (node.operator == "=")
            return "(e.unseeded IS NOT NULL)" if wanted else "(e.unseeded IS NULL)"
        candidates = {
            "id": "SELECT lower(hex(e.uuid)) AS v"
            " UNION ALL SELECT lower(hex(e.uuid)) || '.' || r.step"
            " WHERE r.step >= 0",
            "status": "SELECT e.status AS v",
            # A path is also known by its last part.
            "notebook": "SELECT path AS v FROM notebook WHERE notebook.id = e.notebook_id UNION ALL"
            " SELECT replace(path, rtrim(path, replace(path, '/', '')), '') FROM notebook"
            " WHERE notebook.id = e.notebook_id",
            "cell": "SELECT name AS v FROM cell WHERE cell.id = e.cell_id",
            "run": f"SELECT run.name AS v FROM run WHERE {_IS_ITS_RUN}"
            f" UNION ALL SELECT lower(hex(run.uuid)) FROM run WHERE {_IS_ITS_RUN}",
            "environment": "SELECT digest AS v FROM environment"
            " WHERE environment.id = e.environment_id",
            "session": "SELECT lower(hex(session.uuid)) AS v FROM session"
            " WHERE session.id = e.session_id",
        }[name]
        return self._any_of(candidates, node)

    def _any_of(self, candidates: str, node: Condition) -> str:
        """A thing with several spellings: met by any of them; ``!=`` by none of them."""
        some = f"EXISTS (SELECT 1 FROM ({candidates}) WHERE v IS NOT NULL"
        if node.operator == "null":
            return f"NOT {some})"
        if node.operator == "!=":
            test = self._text_test("v", "=", node.values)
            return f"({some}) AND NOT {some} AND {test}))"
        return f"{some} AND {self._text_test('v', node.operator, node.values)})"

    def _data(self, column: Column, node: Condition) -> str:
        head = (
            "r.id IN (SELECT result_id FROM result_data JOIN entity ON entity.id = entity_id"
            f" WHERE result_data.name = {self._bind(column.name)}"
        )
        if node.operator == "null":
            return f"NOT ({head}))"
        text = "('ct1:' || lower(hex(entity.digest)))"
        operator = "=" if node.operator == "!=" else node.operator
        values = node.values
        if operator in ("=", "in"):  # with or without the prefix
            values = tuple(_digest_text(value) for value in values)
        test = f"coalesce({self._text_test(text, operator, values)}, 0)"
        return f"{head} AND {f'NOT {test}' if node.operator == '!=' else test})"

    def _code(self, column: Column, node: Condition) -> str:
        text = "code.source" if column.name == "source" else "('ct1:' || lower(hex(code.digest)))"
        values = node.values
        if column.name == "digest" and node.operator in ("=", "!=", "in"):
            values = tuple(_digest_text(value) for value in values)
        candidates = (
            f"SELECT {text} AS v FROM result_execution JOIN execution AS x ON x.id ="
            " result_execution.execution_id JOIN code ON code.id = x.code_id"
            " WHERE result_execution.result_id = r.id"
        )
        return self._any_of(candidates, Condition(column, node.operator, values))

    def _environment(self, column: Column, node: Condition) -> str:
        if column.name in ENVIRONMENT_COLUMNS:
            candidates = (
                f"SELECT environment.{column.name} AS v FROM environment"
                " WHERE environment.id = e.environment_id"
            )
        else:
            candidates = (
                "SELECT packages.value AS v FROM environment, json_each(packages) AS packages"
                " WHERE environment.id = e.environment_id"
                f" AND packages.key = {self._bind(column.name)}"
            )
            if node.operator == "!=":  # the candidates are written twice
                some = f"EXISTS (SELECT 1 FROM ({candidates}) WHERE v IS NOT NULL"
                test = self._text_test("v", "=", node.values)
                return f"{some} AND NOT {test})"
        return self._any_of(candidates, node)

    def _text_test(self, sql: str, operator: str, values: tuple[Value, ...]) -> str:
        texts = [_as_text(value) for value in values]
        if operator in ("like", "ilike"):
            return self._like(sql, operator, texts[0])
        if operator == "in":
            return f"({sql} IN ({', '.join(map(self._bind, texts))}))"
        return f"({sql} {operator} {self._bind(texts[0])})"

    def _like(self, sql: str, operator: str, pattern: str) -> str:
        if operator == "ilike":
            return f"({sql} LIKE {self._bind(pattern)})"
        # SQLite's LIKE ignores case; its GLOB does not.
        return f"({sql} GLOB {self._bind(_glob(pattern))})"

    def _microseconds(self, value: Value, column: Column) -> float:
        if column.name == "duration":
            if isinstance(value, (bool, str)):
                raise self._mistaken(
                    column, f"a duration is a number of seconds; {value!r} is none."
                )
            return _as_float(value) * 1e6
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
                # A time without a zone is meant as the clock on the wall shows it.
                return float((moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))
            except (ValueError, OverflowError, OSError):
                pass
        elif not isinstance(value, bool):
            return _as_float(value) * 1e6
        raise self._mistaken(
            column, f"a time is written as '2026-01-31' or '2026-01-31T12:00'; {value!r} is none."
        )

    def _mistaken(self, column: Column, fact: str) -> UsageFault:
        return fault_at(self._text, column.at, fact[0].upper() + fact[1:])


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value
        if isinstance(value, str)
        else f"{value:.15g}"
        if isinstance(value, float)
        else str(value)
    )


def _compact(text: str) -> str:
    """Return JSON text without blanks, as the store writes it; other text unchanged."""
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _digest_text(value: Value) -> str:
    text = _as_text(value).lower()
    return text if text.startswith("ct1:") else f"ct1:{text}"


def _glob(pattern: str) -> str:
    return "".join(
        {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}.get(c, c) for c in pattern
    )
