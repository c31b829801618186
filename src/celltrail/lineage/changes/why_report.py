"""What `why` answers: the differences between two results, ranked, and how it says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Code, Part, Report, Table, When
from celltrail.core.wording import best_of, counted, numbers_apart
from celltrail.lineage.changes.change_tables import SHOWN_COLUMNS, columns_table, number_text
from celltrail.lineage.changes.data_change import ColumnChange, DataChange, sentence_of
from celltrail.lineage.datasets.data_rows import RowsChange, cells_of, counts_of

# What is shown of each; the facts hold all of them.
SHOWN_CONTENTS = 4
SHOWN_DIFFERENCES = 12
SHOWN_DIFF_LINES = 60
SHOWN_NOT_OBSERVED = 10


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """One of the results that are compared; `at` is when its execution started."""

    id: str
    notebook: str | None
    cell: str | None
    count: int | None
    at: int
    status: str
    run: str | None
    metrics: dict[str, float]

    @property
    def short(self) -> str:
        """The digits that people see, its step included."""
        digits, dot, step = self.id.partition(".")
        return short(digits) + dot + step


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric of either result; None where one does not have it."""

    name: str
    a: float | None
    b: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class ContentChange:
    """How the data of one name differs where a root cause stands, or right below it.

    Attributes
    ----------
    name : str
    change : DataChange
        What column digests and profiles say.
    rows : RowsChange or None
        Which rows differ; None unless both contents were kept as snapshots.
    snapshots : tuple of str
        Those that were read for it, as ``name@version``.
    """

    name: str
    change: DataChange
    rows: RowsChange | None = None
    snapshots: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What differs, in one line."""
        if self.rows is not None:
            return counts_of(self.rows)
        return sentence_of(self.change)


@dataclass(frozen=True, slots=True)
class Difference:
    """One root cause; what follows from it is not listed.

    Attributes
    ----------
    kind : str
        code, param, data, environment, seed, unseeded, order or unknown.
    name : str
        The param, function, data, package or cell that it is about.
    sentence : str
        What differs, with numbers and names.
    certainty : str
        ``effective``: what its cell made differs; ``possible``: that cannot be told;
        ``without effect``: what its cell made is the same; ``cosmetic``: only comments or blanks.
    rank : int
        From 1; those that touch more of what the metric came from stand first.
    reached, share : int, float
        Executions of the closure at and below it, and their share (0 to 1).
    distance : int
        Steps of the lineage from it to the metric.
    cell : str
        Where it stands, as ``In [4]``.
    executions : tuple of str
        Identifiers: where it is in a, where in b.
    a, b : value
        Values of a param, versions of a package; None where there is none.
    diff : str or None
        Unified diff of the code as executed.
    contents : tuple of ContentChange
        What differs in the data that its cell read or made.
    """

    kind: str
    name: str
    sentence: str
    certainty: str
    rank: int = 0
    reached: int = 0
    share: float = 0.0
    distance: int = 0
    cell: str = ""
    executions: tuple[str, ...] = ()
    a: Any = None
    b: Any = None
    diff: str | None = None
    contents: tuple[ContentChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyReport(Report):
    """Why b is not a.

    Attributes
    ----------
    a, b : ResultFacts
        The earlier and the later one, as asked.
    metrics : tuple of MetricChange
    differences : tuple of Difference
        By rank.
    is_sufficient : bool
        Whether the first difference is the only root cause that was observed.
    consequences : int
        Executions that differ only because something above them does.
    executions : int
        Executions that b's metric came from.
    not_observed : tuple of str
        What could differ and was not seen.
    """

    kind: ClassVar[str] = "why"

    a: ResultFacts
    b: ResultFacts
    metrics: tuple[MetricChange, ...]
    differences: tuple[Difference, ...]
    is_sufficient: bool
    consequences: int
    executions: int
    not_observed: tuple[str, ...]

    def body(self, when: When) -> Iterator[Part]:
        """Yield metrics, ranked differences, their details, and what was not observed."""
        for name, one in (("a", self.a), ("b", self.b)):
            words = [f"result {one.short}", one.notebook or "", when(one.at)]
            yield f"{name}: {', '.join(word for word in words if word)}"
        yield ""
        yield _metrics_table(self.metrics)
        if self.differences:
            yield ""
            yield _differences_table(self.differences[:SHOWN_DIFFERENCES], self.executions)
            yield from _more(self.differences, SHOWN_DIFFERENCES, "difference")
        if self.consequences:
            verb = "differs" if self.consequences == 1 else "differ"
            yield f"{counted(self.consequences, 'more cell')} of b {verb} only as a consequence."
        for difference in self.differences[:SHOWN_DIFFERENCES]:
            if difference.certainty != "cosmetic":
                yield from _details(difference)
        if self.not_observed:
            yield ""
            yield "Not observed:"
            for line in self.not_observed[:SHOWN_NOT_OBSERVED]:
                yield f"    {line}"
            yield from _more(self.not_observed, SHOWN_NOT_OBSERVED, "thing")

    def records(self) -> list[dict[str, Any]]:
        """Return one row per difference."""
        names = ("rank", "kind", "name", "sentence", "certainty", "reached", "share", "a", "b")
        return [{name: getattr(one, name) for name in names} for one in self.differences]


def _metrics_table(metrics: tuple[MetricChange, ...]) -> Table:
    rows, best = [], set()
    for at, one in enumerate(metrics):
        sign = "+" if one.difference is not None and one.difference > 0 else ""
        texts = number_text(one.a), number_text(one.b)
        if one.a is not None and one.b is not None:
            texts = numbers_apart(one.a, one.b)
        rows.append((one.name, *texts, sign + number_text(one.difference)))
        chosen = best_of([one.a, one.b], one.name)
        if chosen is not None:
            best.add((at, 1 + chosen))
    headings = ("metric", "a", "b", "difference")
    return Table(headings, tuple(rows), frozenset({1, 2, 3}), frozenset(best), keep=4)


def _differences_table(differences: tuple[Difference, ...], executions: int) -> Table:
    rows = [
        (
            str(one.rank),
            one.kind,
            one.name,
            f"{one.reached} of {executions} cells",
            "" if one.certainty == "effective" else one.certainty,
        )
        for one in differences
    ]
    return Table(("", "kind", "what", "reaches", ""), tuple(rows), frozenset({0}), keep=4)


def _details(one: Difference) -> Iterator[Part]:
    yield ""
    place = f"{one.cell}: " if one.cell and one.cell not in one.sentence else ""
    yield f"{one.rank}. {place}{one.sentence}"
    if one.diff:
        lines = one.diff.splitlines()
        yield Code("\n".join(lines[:SHOWN_DIFF_LINES]), is_diff=True)
        yield from _more(lines, SHOWN_DIFF_LINES, "line")
    yield from _data_parts(one)


def _data_parts(one: Difference) -> Iterator[Part]:
    """Yield what differs in the data there; where it is no root cause, as what followed."""
    if one.kind != "data":
        for content in one.contents[:SHOWN_CONTENTS]:
            yield f"    so {content.name}: {content.words}"
        yield from _more(one.contents, SHOWN_CONTENTS, "content")
    columns = [
        (content.name, column)
        for content in one.contents
        for column in content.change.columns
        if _is_news(column, content)
    ]
    if columns:
        yield columns_table(columns)
        yield from _more(columns, SHOWN_COLUMNS, "column")
    for content in one.contents:
        if content.rows is not None:
            yield from _rows_parts(content, content.rows)


def _is_news(column: ColumnChange, content: ContentChange) -> bool:
    """Whether a column says more than that other rows hold other values."""
    if column.change != "values" or column.facts:
        return True
    return bool(column.cells) or (column.cells is None and not content.change.has_other_rows)


def _rows_parts(content: ContentChange, rows: RowsChange) -> Iterator[Part]:
    read = " and ".join(content.snapshots)
    yield f"    {content.name}, read from {read}, matched by {rows.matched_by}: {counts_of(rows)}."
    if rows.examples:
        shown = tuple((one.row, one.change, cells_of(one)) for one in rows.examples)
        yield Table(("row", "change", "values"), shown, keep=3)


def _more(every: Sequence[object], shown: int, word: str) -> Iterator[Part]:
    if len(every) > shown:
        yield f"    and {counted(len(every) - shown, f'more {word}')}"
