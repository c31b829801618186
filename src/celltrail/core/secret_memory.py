"""Secrets seen before, found again wherever they turn up later."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn, Self
from urllib.parse import quote, quote_plus

from celltrail.core.secret_code import code_spans, redact_code
from celltrail.core.secret_literals import FILE, is_literal, is_name
from celltrail.core.secret_marks import MARK, Redacted, mark_text
from celltrail.core.secret_names import secret_name
from celltrail.core.secret_scan import Scan
from celltrail.core.secret_shapes import CREDENTIAL_URL
from celltrail.core.secret_text import redact_text
from celltrail.core.secret_values import DEPTH, redact_cell, redact_value, secrets_in

_LEARN_CHARACTERS = 6  # shorter values are ordinary words too often to be replaced everywhere
_ENVIRONMENT_CHARACTERS = 8
_ESCAPE = re.compile(
    r"\\(?:\r?\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL
)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a",
                  "b": "\b", "f": "\f", "v": "\v"}  # fmt: skip


def _unescaped(body: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found.group()[1:]
        if code[0] in "xuU" and len(code) > 1:
            point = int(code[1:], 16)
            return chr(point) if point < 0x110000 else ""
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] in "\r\n":
            return ""
        return _PLAIN_ESCAPES.get(code, found.group())

    return _ESCAPE.sub(one, body)


class SecretMemory:
    """Secret values seen in a session, so that they are found wherever they turn up later.

    The values live in this object only: they are never shown, compared or pickled.

    Notes
    -----
    Values shorter than six characters, and values that are themselves names of secrets
    (``"password"``), are not remembered: replacing them everywhere would ruin ordinary text.
    """

    __slots__ = ("_forms", "_values")

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[str] = set()

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<SecretMemory of {len(self._values)} values>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretMemory stays in its process")

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return one that knows what the environment calls secret."""
        memory = cls()
        for value in secret_environment_values(environ):
            memory.add(value)
        return memory

    def learn(self, source: str) -> None:
        """Remember the literal secrets in a cell's source, `_LEARN_CHARACTERS` and longer."""
        spans = sorted(set(code_spans(source)))
        joined = ""
        previous = 0
        for span in spans:
            piece = source[span.start : span.end]
            value = _unescaped(piece)
            between = source[previous : span.start]
            # "hunter2" "secret" and "hunter2" + "secret" are one value
            adjacent = joined and len(between) < 200 and re.fullmatch(
                r"[\"']{1,3}[\s\\+()]*[rRbBuUfF]{0,2}[\"']{1,3}", between
            )  # fmt: skip
            joined = joined + value if adjacent else value
            self.add(value)
            self.add(piece)
            if adjacent:
                self.add(joined)
            previous = span.end

    def learn_value(self, name: str, value: object) -> None:
        """Remember what a variable holds, where its name or keys say that it is secret."""
        for found in secrets_in(name, value):
            self.add(found)

    def add(self, value: str) -> None:
        """Remember one value; short ones, marks and names of secrets are passed over."""
        value = value.strip()
        if len(value) < _LEARN_CHARACTERS or not is_literal(value) or is_name(value):
            return
        if value in self._values:
            return
        self._values.add(value)
        self._forms.update(_forms(value))
        if "\n" in value:  # a key printed line by line
            for line in value.splitlines():
                if len(line.strip()) >= 16 and not line.startswith("-----"):
                    self._forms.update(_forms(line.strip()))

    def redact(self, text: str) -> Redacted:
        """`redact_text`, and every remembered value in the forms that it takes in text."""
        text, count = self._replace(text, "mark")
        found = redact_text(text)
        return Redacted(found.text, found.count + count)

    def redact_code(self, source: str) -> Redacted:
        """`redact_code`, and every remembered value inside literals, comments and shell lines."""
        if not self._present(source):
            return redact_code(source)
        scan = Scan(source)
        scan.run()
        pieces: list[str] = []
        done = count = 0
        areas = scan.regions + [(start, end, "mark") for start, end in scan.shells]
        for start, end, form in sorted(areas):
            text, found = self._replace(source[start:end], form)
            pieces += (source[done:start], text)
            done = end
            count += found
        pieces.append(source[done:])
        rest = redact_code("".join(pieces))
        return Redacted(rest.text, rest.count + count)

    def redact_cell(self, column: str, text: str) -> str:
        """`redact_cell`, and every remembered value in it."""
        return redact_cell(column, self._replace(text, "mark")[0])

    def redact_value(self, name: str, value: object) -> object:
        """`redact_value`, and every remembered value in its strings."""
        return self._in_value(redact_value(name, value), DEPTH)

    def _in_value(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return self._replace(value, "mark")[0]
        if isinstance(value, dict) and depth:
            return {
                self._in_value(key, 1): self._in_value(item, depth - 1)
                for key, item in value.items()
            }
        if isinstance(value, list) and depth:
            return [self._in_value(item, depth - 1) for item in value]
        if type(value) is int and self._values and value.bit_length() < 200:
            return mark_text("remembered") if str(value) in self._values else value
        if type(value) is tuple and depth:
            return tuple(self._in_value(item, depth - 1) for item in value)
        return value

    def _present(self, text: str) -> list[str]:
        # A search for each form is faster than one pattern of all: 4 ms, not 60, for 200 values.
        return [form for form in self._forms if form in text]

    def _replace(self, text: str, form: str) -> tuple[str, int]:
        present = self._present(text)
        if not present:
            return text, 0
        # longest first, so that no form leaves the tail of a longer one behind
        pattern = re.compile("|".join(map(_whole, sorted(present, key=len, reverse=True))))
        # marks already there are not searched: "redacted" may be somebody's password
        count = 0
        pieces: list[str] = []
        done = 0
        for mark in [*MARK.finditer(text), None]:
            end = mark.start() if mark else len(text)
            piece, found = pattern.subn(mark_text("remembered", form), text[done:end])
            count += found
            pieces.append(piece)
            if mark:
                pieces.append(mark.group())
                done = mark.end()
        return "".join(pieces), count


def _whole(form: str) -> str:
    """The pattern of a form; a short word counts only where it stands alone."""
    if form.isalpha() and len(form) < 8:
        return rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
    return re.escape(form)


def _forms(value: str) -> Iterator[str]:
    """A value as it stands in text, JSON, reprs, URLs, HTML and base64."""
    yield value
    yield repr(value)[1:-1]
    yield value.encode("unicode_escape").decode("ascii")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    yield html.escape(value)
    data = value.encode("utf-8", "surrogatepass")
    yield data.hex()
    for shift in range(3):
        # inside longer data, as "user:password" in Basic, only whole groups of 6 bits are stable
        coded = base64.b64encode(b"\0" * shift + data)
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        core = coded[first:last].decode("ascii")
        if len(core) >= _LEARN_CHARACTERS:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def secret_environment_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values of environment variables with secret names, for a `SecretMemory`.

    Parameters
    ----------
    environ : Mapping[str, str]
        Such as ``os.environ``; passwords inside credential URLs of other variables count too.

    Returns
    -------
    tuple of str
        Values of eight characters and more, without paths, plain URLs and placeholders.
    """
    values: dict[str, None] = {}
    for key, value in environ.items():
        for found in CREDENTIAL_URL.finditer(value):
            values[found["password"] or found["user"]] = None
        name = secret_name(key)
        if not name.kind or not is_literal(value) or FILE.match(value) or "://" in value:
            continue
        values[value.strip()] = None
    return tuple(value for value in values if len(value) >= _ENVIRONMENT_CHARACTERS)
