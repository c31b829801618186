"""Secrets taken out of params and JSON values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

from celltrail.core.secret_literals import PLAIN_URL, is_literal, looks_secret_unseen
from celltrail.core.secret_marks import mark_text
from celltrail.core.secret_names import NOT_SECRET_KEYS, PLAIN_NAME, Name, secret_name
from celltrail.core.secret_shapes import CREDENTIAL_URL
from celltrail.core.secret_text import redact_text

DEPTH = 60  # nesting of a JSON value
# What is looked at for secrets after each cell: what is larger, deeper and longer is data.
_NODES = 500
_MEMBERS = 200
_SECRET_CHARACTERS = 8192
_HOLDERS = frozenset({str, bytes, dict, list, tuple})


def redact_value(name: str, value: object) -> object:
    """A param or JSON value without its secrets.

    Parameters
    ----------
    name : str
        The param's name or path; when it names a secret, every scalar below is replaced.
    value : object
        Scalars, str, and lists, tuples and dicts of them. None, booleans, empty strings and
        placeholders stay; values of other types stay unless the name is secret.

    Returns
    -------
    object
        The value itself, or a copy with marks.
    """
    return _redact_value(secret_name(name), value, DEPTH)


def redact_cell(column: str, text: str) -> str:
    """A cell of a table without its secrets; a weak column (``token``) mostly holds plain words.

    Parameters
    ----------
    column : str
        What the cell stands under; "" where that says nothing.
    text : str
        The cell's value as it is shown.
    """
    name = secret_name(column)
    is_secret = is_literal(text) if name.strong else _is_unseen_secret(name, text)
    return mark_text(name.kind) if is_secret else redact_text(text).text


def _redact_value(name: Name, value: object, depth: int) -> object:
    if not depth:
        return mark_text("depth")
    if isinstance(value, str):
        if not name.kind:
            return redact_text(value).text
        inner = redact_text(value)
        if name.connection and (inner.count or PLAIN_URL.match(value)):
            return inner.text
        return mark_text(name.kind) if is_literal(value) else value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {
            redact_text(key).text if isinstance(key, str) else key: _redact_value(
                _inner_name(name, key), item, depth - 1
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_redact_value(name, item, depth - 1) for item in value]
    if type(value) is tuple:
        return tuple(_redact_value(name, item, depth - 1) for item in value)
    return mark_text(name.kind) if name.kind else value


def _inner_name(outer: Name, key: object) -> Name:
    text = str(key) if isinstance(key, (str, int)) else ""
    name = secret_name(text)
    if name.kind:
        return name
    return PLAIN_NAME if text.lower() in NOT_SECRET_KEYS else outer


def secrets_in(name: str, value: Any) -> Iterator[str]:
    """Values that look like secrets under their names, as they came from outside the code.

    Parameters
    ----------
    name : str
        A variable.
    value : Any
        str, bytes, and dicts, lists and tuples of them; any other type holds nothing.
    """
    pending: deque[tuple[Name, Any]] = deque([(secret_name(name), value)])
    for _ in range(_NODES):  # breadth first: credentials lie near the top
        if not pending:
            return
        known, item = pending.popleft()
        kind = type(item)
        if kind is str or kind is bytes:
            if len(item) <= _SECRET_CHARACTERS:
                text = item if kind is str else item.decode("utf-8", "replace")
                yield from _secrets_of(known, text)
        elif kind is dict:
            members = islice(item.items(), _MEMBERS)
            pending.extend((_inner_name(known, key), inner) for key, inner in members)
        elif kind is list or kind is tuple:
            # By identity: hashing a type may run a metaclass of the user's.
            pending.extend(
                (known, inner)
                for inner in item[:_MEMBERS]
                if any(type(inner) is holder for holder in _HOLDERS)
            )


def _secrets_of(name: Name, text: str) -> Iterator[str]:
    if "://" in text:
        for found in CREDENTIAL_URL.finditer(text):
            if found["password"]:
                yield found["password"]
    elif _is_unseen_secret(name, text):
        yield text


def _is_unseen_secret(name: Name, text: str) -> bool:
    return bool(name.kind) and not name.connection and looks_secret_unseen(text, name)
