"""Filters and sort keys as people write them: text to a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from celltrail.core.errors import UsageFault

MAX_CHARACTERS = 10_000
MAX_DEPTH = 50  # parentheses and NOTs inside each other
MAX_CONDITIONS = 200  # SQLite's expression depth is 1,000
MAX_VALUES = 200  # in one IN list
MAX_WILDCARDS = 20  # matching time grows with a power of their number
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
_KEYWORDS = ("and", "or", "not", "in", "like", "ilike", "is", "null")
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
    return Parser(text).filter()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class Parser:
    """Reads one filter or sort key; what it cannot read raises with a caret under the place."""

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
        """Return the tree of a filter."""
        node = self._either()
        if self._peek().kind != "end":
            raise self._fault("AND, OR or the end was expected here.")
        return node

    def order(self) -> list[tuple[Column, bool]]:
        """Return each sort key, and whether it is descending."""
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
                raise fault_at(self._text, start, fact)
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
        return fault_at(self._text, self._peek().at, fact, hint)

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


def fault_at(text: str, at: int, fact: str, hint: str | None = None) -> UsageFault:
    """Return a fault that shows the text with a caret under the place."""
    window = 60  # characters of the text that are shown around the place
    start = max(0, at - window // 2)
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + window])
    return UsageFault(f"{fact}\n    {shown}\n    {' ' * (at - start)}^", hint)


def _unquoted(token: _Token) -> str:
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote) if quote != "`" else token.text[1:-1]
