"""The filter language of results: text to a condition in SQL, with every value bound.

Grammar (keywords in any case)::

    filter     = condition (AND | OR | NOT | parentheses)
    condition  = column (= | == | != | <> | < | <= | > | >=) value
               | column [NOT] (LIKE | ILIKE) 'pattern'      % any text, _ any character
               | column [NOT] IN (value, …)
               | column IS [NOT] NULL
    column     = [metrics. | params. | tags. | attributes. | data. | code. | env.] name
    value      = number | nan | inf | true | false | 'text' | "text"

A name with other characters stands in backticks or double quotes. A name without a
namespace is an attribute, else a metric, else a param, else a tag.

A condition on something that a result does not have is not met, ``!=`` included;
``NOT`` turns met into not met, so ``NOT params.C = 1`` includes results without ``C``.
Numbers compare by value (``7`` equals ``7.0``) and never equal text (``'7'``).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from celltrail.core.errors import UsageFault
from celltrail.store.run_of_result import RUN_OF_RESULT, prepare

MAX_CHARACTERS = 10_000
MAX_DEPTH = 50  # parentheses and NOTs inside each other
MAX_CONDITIONS = 200  # SQLite's expression depth is 1,000
MAX_VALUES = 200  # in one IN list
MAX_WILDCARDS = 20  # matching time grows with a power of their number
EXACT_INTEGER = 1 << 53  # beyond it neighbouring integers are one float

NAMESPACES = {
    "metrics": "metrics",
    "metric": "metrics",
    "params": "params",
    "param": "params",
    "parameters": "params",
    "tags": "tags",
    "tag": "tags",
    "attributes": "attributes",
    "attribute": "attributes",
    "attr": "attributes",
    "data": "data",
    "dataset": "data",
    "datasets": "data",
    "code": "code",
    "env": "env",
    "environment": "env",
}
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
_ENVIRONMENT_COLUMNS = ("python", "platform", "git_commit", "digest")
_KEYWORDS = ("and", "or", "not", "in", "like", "ilike", "is", "null")
_COMPARISONS = ("=", "==", "!=", "<>", "<=", ">=", "<", ">")
_WORD_VALUES: dict[str, float | bool] = {
    "nan": float("nan"),
    "inf": float("inf"),
    "infinity": float("inf"),
    "true": True,
    "false": False,
}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    | (?P<signed>[-+](?:inf|infinity|nan)\b)
    | (?P<minus>-(?=[^\W\d]|`|"))
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<ticked>`[^`]*`)
    | (?P<word>[^\W\d][\w\-./:@\[\]]*)
    | (?P<operator><=|>=|!=|<>|==|=|<|>)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE | re.IGNORECASE,
)

Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Column:
    """A column as written; `namespace` is None for a bare name."""

    namespace: str | None
    name: str
    at: int = 0  # where it stands in the text


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: `operator` is one of = != < <= > >= like ilike in null."""

    column: Column
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """What is met when `item` is not."""

    item: Node


@dataclass(frozen=True, slots=True)
class Every:
    """What is met when all `items` are (AND)."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """What is met when one of the `items` is (OR)."""

    items: tuple[Node, ...]


Node = Condition | Not | Every | Some


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition over the aliases ``r`` (result) and ``e`` (its execution)."""

    sql: str
    values: tuple[str | float | bytes, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key, its column with a namespace."""

    namespace: str
    name: str
    is_descending: bool


def compile_filter(connection: sqlite3.Connection, text: str) -> Filter:
    """Return the SQL of a filter.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store whose names the columns must be among.
    text : str
        Empty gives a filter that everything meets.

    Raises
    ------
    UsageFault
        If the text cannot be read, or names a column that no result has.
    """
    if not text.strip():
        return Filter("1", ())
    prepare(connection)
    return _Compiler(connection, text).compile(parse(text))


def compile_order(connection: sqlite3.Connection, keys: str | Sequence[str]) -> tuple[Order, ...]:
    """Return the sort keys of ``"metrics.auc DESC, started_at"`` or a list of such.

    Raises
    ------
    UsageFault
        If a key cannot be read, or names a column that no result has.
    """
    texts = [keys] if isinstance(keys, str) else list(keys)
    found = []
    for text in texts:
        compiler = _Compiler(connection, text)
        for column, is_descending in _Parser(text).order():
            resolved = compiler.resolve(column)
            if resolved.namespace not in ("metrics", "params", "tags", "attributes"):
                raise _fault(
                    text,
                    column.at,
                    "Results are not sorted by data, code or environment.",
                    "sort by a metric, a param, a tag or an attribute.",
                )
            found.append(Order(resolved.namespace, resolved.name, is_descending))
    return tuple(found)


def parse(text: str) -> Node:
    """Return the tree of a filter.

    Raises
    ------
    UsageFault
        Pointing at the place that could not be read.

    Examples
    --------
    >>> parse("metrics.auc > 0.9")
    Condition(column=Column(namespace='metrics', name='auc', at=0), operator='>', values=(0.9,))
    """
    return _Parser(text).filter()


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
        found.update(_ENVIRONMENT_COLUMNS)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) > MAX_CHARACTERS:
            raise UsageFault(
                f"The filter has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
                "split it into several searches.",
            )
        if not text.isprintable() and any("\ud800" <= c <= "\udfff" or c == "\0" for c in text):
            raise UsageFault("The filter holds characters that no text has.", "remove them.")
        self._tokens = self._read()
        self._next = 0
        self._depth = 0
        self._conditions = 0

    def filter(self) -> Node:
        node = self._either()
        if self._peek().kind != "end":
            raise self._fault("AND, OR or the end was expected here.")
        return node

    def order(self) -> list[tuple[Column, bool]]:
        found = []
        while True:
            is_reversed = self._peek().kind == "minus"  # "-auc" is short for "auc DESC"
            if is_reversed:
                self._take()
            column = self._column()
            word = self._peek().text.lower() if self._peek().kind == "word" else ""
            if word in ("asc", "desc"):
                self._take()
            found.append((column, (word == "desc") != is_reversed))
            if self._peek().kind == "end":
                return found
            if not self._accept_mark(","):
                raise self._fault("ASC, DESC, a comma or the end was expected here.")

    def _read(self) -> list[_Token]:
        tokens = []
        at = 0
        end = len(self._text.rstrip())
        while at < end:
            match = _TOKEN.match(self._text, at)
            if match is None:
                start = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                character = self._text[start]
                fact = (
                    f"The {character} here is never closed."
                    if character in "'\"`"
                    else f"{character!r} was not expected here."
                )
                raise _fault(self._text, start, fact)
            kind = match.lastgroup or ""
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, keyword: str) -> bool:
        token = self._peek()
        if token.kind == "word" and token.text.lower() == keyword:
            self._next += 1
            return True
        return False

    def _accept_mark(self, mark: str) -> bool:
        if self._peek().kind == "mark" and self._peek().text == mark:
            self._next += 1
            return True
        return False

    def _fault(self, fact: str, hint: str | None = None) -> UsageFault:
        return _fault(self._text, self._peek().at, fact, hint)

    def _either(self) -> Node:
        items = [self._all()]
        while self._accept("or"):
            items.append(self._all())
        return items[0] if len(items) == 1 else Some(tuple(items))

    def _all(self) -> Node:
        items = [self._negated()]
        while self._accept("and"):
            items.append(self._negated())
        return items[0] if len(items) == 1 else Every(tuple(items))

    def _negated(self) -> Node:
        negations = 0
        while self._accept("not"):
            negations += 1
        node = self._primary()
        return Not(node) if negations % 2 else node

    def _primary(self) -> Node:
        if not self._accept_mark("("):
            return self._condition()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"More than {MAX_DEPTH} parentheses stand inside each other.")
        node = self._either()
        if not self._accept_mark(")"):
            raise self._fault("A closing parenthesis was expected here.")
        self._depth -= 1
        return node

    def _condition(self) -> Node:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise self._fault(f"A filter has at most {MAX_CONDITIONS} conditions.")
        column = self._column()
        if self._accept("is"):
            is_negated = self._accept("not")
            if not self._accept("null"):
                raise self._fault("NULL was expected here.")
            node: Node = Condition(column, "null")
            return Not(node) if is_negated else node
        is_negated = self._accept("not")
        if self._accept("in"):
            node = Condition(column, "in", self._list())
        elif self._accept("like") or self._accept("ilike"):
            operator = self._tokens[self._next - 1].text.lower()
            node = Condition(column, operator, (self._pattern(),))
        elif not is_negated and self._peek().kind == "operator":
            operator = self._take().text
            operator = {"==": "=", "<>": "!="}.get(operator, operator)
            return Condition(column, operator, (self._value(),))
        else:
            expected = "IN, LIKE or ILIKE" if is_negated else "=, <, >, IN, LIKE or IS NULL"
            raise self._fault(f"{expected} was expected here.")
        return Not(node) if is_negated else node

    def _column(self) -> Column:
        token = self._peek()
        if token.kind == "word" and token.text.lower() not in _KEYWORDS:
            self._take()
            head, dot, name = token.text.partition(".")
            namespace = NAMESPACES.get(head.lower()) if dot else None
            if namespace is None:
                return Column(None, token.text, token.at)
            following = self._peek()
            if not name:
                # metrics.`odd name`: the quoted part follows the dot at once.
                if following.kind in ("ticked", "quoted") and following.at == token.at + len(
                    token.text
                ):
                    return Column(namespace, _unquoted(self._take()), token.at)
                raise self._fault(f"A name was expected after {token.text!r}.")
            return Column(namespace, name, token.at)
        if token.kind in ("ticked", "quoted"):
            self._take()
            return Column(None, _unquoted(token), token.at)
        raise self._fault(
            "The name of a metric, param, tag or attribute was expected here.",
            "for example metrics.auc > 0.9 AND params.C = 1",
        )

    def _value(self) -> Value:
        token = self._peek()
        if token.kind == "number":
            self._take()
            digits = token.text.lstrip("+-")
            return (
                int(token.text) if digits.isdecimal() and len(digits) < 400 else float(token.text)
            )
        if token.kind in ("string", "quoted"):
            self._take()
            return _unquoted(token)
        if token.kind == "signed":
            self._take()
            return float(token.text)
        if token.kind == "word" and token.text.lower() in _WORD_VALUES:
            self._take()
            return _WORD_VALUES[token.text.lower()]
        hint = f"write text as '{token.text}'." if token.kind == "word" else None
        raise self._fault("A number or a quoted text was expected here.", hint)

    def _list(self) -> tuple[Value, ...]:
        if not self._accept_mark("("):
            raise self._fault("A list in parentheses was expected after IN.")
        values = [self._value()]
        while self._accept_mark(","):
            values.append(self._value())
        if len(values) > MAX_VALUES:
            raise self._fault(f"A list has at most {MAX_VALUES} values.")
        if not self._accept_mark(")"):
            raise self._fault("A comma or a closing parenthesis was expected here.")
        return tuple(values)

    def _pattern(self) -> str:
        if self._peek().kind not in ("string", "quoted"):
            raise self._fault("A quoted pattern was expected here, such as 'svc%'.")
        pattern = _unquoted(self._peek())
        if pattern.count("%") > MAX_WILDCARDS:
            raise self._fault(f"A pattern has at most {MAX_WILDCARDS} times %.")
        self._take()
        return pattern


class _Compiler:
    def __init__(self, connection: sqlite3.Connection, text: str) -> None:
        self._connection = connection
        self._text = text
        self._values: list[str | float | bytes] = []

    def compile(self, node: Node) -> Filter:
        sql = self._node(node)
        return Filter(sql, tuple(self._values))

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
        if namespace == "env" and name in _ENVIRONMENT_COLUMNS:
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
            raise _fault(
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

    def _node(self, node: Node) -> str:
        if isinstance(node, Not):
            return f"NOT ({self._node(node.item)})"
        if isinstance(node, Every):
            return "(" + " AND ".join(self._node(item) for item in node.items) + ")"
        if isinstance(node, Some):
            return "(" + " OR ".join(self._node(item) for item in node.items) + ")"
        column = self.resolve(node.column)
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
        if column.name in _ENVIRONMENT_COLUMNS:
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
        return _fault(self._text, column.at, fact[0].upper() + fact[1:])


# Of an execution in an outer and an inner run both can be asked for.
_IS_ITS_RUN = (
    f"run.id IN (SELECT {RUN_OF_RESULT}"
    " UNION ALL SELECT run_id FROM run_execution WHERE execution_id = e.id)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_PARAM = "type NOT IN ('int', 'float', 'bool', 'none')"
_PARAM_TEXT = "CASE json_type(value) WHEN 'text' THEN json_extract(value, '$') ELSE value END"


def _fault(text: str, at: int, fact: str, hint: str | None = None) -> UsageFault:
    """Return a fault that shows the text with a caret under the place."""
    window = 60  # characters of the text that are shown around the place
    start = max(0, at - window // 2)
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + window])
    return UsageFault(f"{fact}\n    {shown}\n    {' ' * (at - start)}^", hint)


def _unquoted(token: _Token) -> str:
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote) if quote != "`" else token.text[1:-1]


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
