"""What a question is answered with: frozen facts, JSON-able, that any face can show.

A `Report` holds facts and no figure. `parts` says them in sentences, tables and code,
which a terminal, a notebook and the sidebar each show in their own way; `data` is what
``--json`` prints; `document` is what the store keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

from celltrail.core.records import build, decode_value, plain

Verdict = Literal["ok", "warning", "failed", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("ok", "warning", "failed", "unknown")
# How a face says a time, given in microseconds since 1970; "" where it is unknown.
When = Callable[[int | None], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    headings : tuple of str
    rows : tuple of tuple of str
    right : frozenset of int
        Columns of numbers, aligned right.
    best : frozenset of (int, int)
        (row, column) of the best values, shown bold.
    keep : int
        The first columns, which are never dropped for width.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    best: frozenset[tuple[int, int]] = frozenset()
    keep: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """Source text, shown as it is; `is_diff` when its lines start with ``+``, ``-`` or a blank."""

    text: str
    is_diff: bool = False


Part = Table | Code | str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a report found.

    Attributes
    ----------
    verdict : str
        ok, warning, failed or unknown.
    sentence : str
        What was found, with numbers and names.
    hint : str or None
        What to do about it.
    executions : tuple of str
        Identifiers of the executions it is about, in order.
    """

    verdict: Verdict
    sentence: str
    hint: str | None = None
    executions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer to a question; a subclass per capability adds its facts.

    Attributes
    ----------
    verdict : str or None
        ok, warning, failed or unknown; None where nothing was judged.
    summary : str
        The answer in one sentence, with its numbers.
    findings : tuple of Finding
        Worst first.
    """

    kind: ClassVar[str] = ""  # the capability's name

    summary: str = ""
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()

    def parts(self, when: When) -> Iterator[Part]:
        """Yield the report for people: the verdict, what the subclass shows, the findings."""
        if self.summary:
            yield f"{self.verdict}: {self.summary}" if self.verdict else self.summary
        yield from self.body(when)
        for finding in self.findings:
            yield f"{finding.verdict}: {finding.sentence}"
            if finding.hint:
                yield f"    hint: {finding.hint}"

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - for subclasses
        """Yield what stands between the summary and the findings; a subclass says what."""
        yield from ()

    def data(self) -> Any:
        """Return what ``--json`` prints: the facts, NaN and infinities as floats."""
        return decode_value(self.document())

    def records(self) -> list[dict[str, Any]] | None:
        """Return the rows that ``--csv`` prints; None where there is no table."""
        return None

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values (see `celltrail.core.records.encode` for NaN)."""
        return {"kind": self.kind, **plain(self)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the report that `document` wrote; fields it does not know are dropped.

        Raises
        ------
        ValueError
            If it is the document of another kind of report.
        """
        if document.get("kind") != cls.kind:
            found = document.get("kind")
            raise ValueError(f"a report of kind {found!r} was found; expected {cls.kind!r}")
        built: Self = build(cls, document)
        return built

    @property
    def code(self) -> int:
        """Exit code of the command line: 1 when the verdict is failed, else 0."""
        return 1 if self.verdict == "failed" else 0


@dataclass(frozen=True, slots=True)
class Answer(Report):
    """Rows of the store, or what was done to them: `facts` for programs, `shown` for people."""

    kind: ClassVar[str] = "answer"

    facts: Any
    shown: tuple[Part, ...] = ()
    rows: list[dict[str, Any]] | None = field(default=None)

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - they hold their times
        """Yield the parts as they were made."""
        yield from self.shown

    def data(self) -> Any:
        """Return the facts."""
        return self.facts

    def records(self) -> list[dict[str, Any]] | None:
        """Return the rows."""
        return self.rows

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        found = plain(self)
        return {"kind": self.kind, **found, "shown": [encode_part(part) for part in self.shown]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the answer that `document` wrote.

        Raises
        ------
        ValueError
            If it is the document of another kind of report.
        """
        shown = tuple(decode_part(part) for part in document.get("shown", ()))
        known = {key: value for key, value in document.items() if key != "shown"}
        built = super(Answer, cls).from_document({**known, "shown": []})
        return replace(built, shown=shown)


def encode_part(part: Part) -> dict[str, Any]:
    """Return a part as JSON values: ``part`` is text, table or code."""
    if isinstance(part, Table):
        return {
            "part": "table",
            "headings": list(part.headings),
            "rows": [list(row) for row in part.rows],
            "right": sorted(part.right),
            "best": sorted(map(list, part.best)),
            "keep": part.keep,
        }
    if isinstance(part, Code):
        return {"part": "code", "text": part.text, "is_diff": part.is_diff}
    return {"part": "text", "text": part}


def decode_part(document: dict[str, Any]) -> Part:
    """Undo `encode_part`."""
    if document["part"] == "table":
        return Table(
            tuple(document["headings"]),
            tuple(tuple(row) for row in document["rows"]),
            frozenset(document["right"]),
            frozenset((row, column) for row, column in document["best"]),
            document["keep"],
        )
    if document["part"] == "code":
        return Code(document["text"], document["is_diff"])
    return str(document["text"])
