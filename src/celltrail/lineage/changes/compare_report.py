"""What `compare` answers: results side by side, and how it says them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.report import Code, Part, Report, Table, When
from celltrail.core.wording import counted, value_text
from celltrail.lineage.changes.change_tables import columns_table, number_text
from celltrail.lineage.changes.data_change import ColumnChange
from celltrail.lineage.changes.why_report import ResultFacts

NOT_SET = "not set"  # a param
MISSING = "-"  # a cell, data, a package


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric of each result (None: it has none); `best` is the place of the best one."""

    name: str
    values: tuple[float | None, ...]
    best: int | None


@dataclass(frozen=True, slots=True)
class ParamDifference:
    """A param that is not the same in all results; `is_set` says which have it."""

    name: str
    values: tuple[Any, ...]
    is_set: tuple[bool, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The values in words, told apart where they differ only in their type."""
        pairs = list(zip(self.values, self.is_set, strict=True))
        known = [value for value, is_set in pairs if is_set]
        are_told_apart = len(set(map(value_text, known))) == len(set(map(repr, known)))
        say = value_text if are_told_apart else repr
        return tuple(say(value) if is_set else NOT_SET for value, is_set in pairs)


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell whose code is not the same in all results.

    Attributes
    ----------
    cell : str
        Where it stands in the first result that has it, as ``In [4]``.
    makes : str
        The names that the metric came from.
    versions : tuple of str
        A letter for each code, in the order of the results; empty where the cell is missing.
    diff : str or None
        Unified diff, of two results only.
    is_cosmetic : bool
        Of two results: only comments or blanks differ.
    """

    cell: str
    makes: str
    versions: tuple[str, ...]
    diff: str | None = None
    is_cosmetic: bool = False


@dataclass(frozen=True, slots=True)
class DataDifference:
    """A content that is not the same in all results.

    `versions` are letters as in `CellDifference`, ``?`` where the content is unknown;
    `rows` the numbers of rows; `columns` what differs between the first two versions.
    """

    name: str
    versions: tuple[str, ...]
    rows: tuple[int | None, ...]
    columns: tuple[ColumnChange, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentDifference:
    """A package, Python, commit or machine that is not the same; None: not loaded, unknown."""

    name: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareReport(Report):
    """Results side by side: every metric, and of the rest only what differs."""

    kind: ClassVar[str] = "compare"

    results: tuple[ResultFacts, ...]
    metrics: tuple[MetricRow, ...]
    params: tuple[ParamDifference, ...]
    cells: tuple[CellDifference, ...]
    datasets: tuple[DataDifference, ...]
    environment: tuple[EnvironmentDifference, ...]

    def body(self, when: When) -> Iterator[Part]:
        """Yield a table per kind of difference, a column per result."""
        names = tuple(one.short for one in self.results)
        yield Table(
            ("result", "notebook", "when", "status"),
            tuple((o.short, o.notebook or "", when(o.at), o.status) for o in self.results),
        )
        best = frozenset(
            (at, m.best + 1) for at, m in enumerate(self.metrics) if m.best is not None
        )
        rows = [(one.name, *map(number_text, one.values)) for one in self.metrics]
        numbers = frozenset(range(1, len(names) + 1))
        yield from _part("metric", names, rows, right=numbers, best=best)
        yield from _part("param", names, [(one.name, *one.texts) for one in self.params])
        cells = [(_cell_text(one), *(v or MISSING for v in one.versions)) for one in self.cells]
        yield from _part("code", names, cells)
        for cell in self.cells:
            if cell.diff and not cell.is_cosmetic:
                yield Code(cell.diff, is_diff=True)
        yield from _part("data", names, [(one.name, *_data_texts(one)) for one in self.datasets])
        columns = [(data.name, column) for data in self.datasets for column in data.columns]
        if columns:
            yield columns_table(columns)
        around = [
            (one.name, *(value or MISSING for value in one.values)) for one in self.environment
        ]
        yield from _part("environment", names, around)

    def records(self) -> list[dict[str, Any]]:
        """Return one row per result with its metrics and the params that differ."""
        return [
            {"id": one.id, "at": one.at, **one.metrics}
            | {param.name: param.values[at] for param in self.params}
            for at, one in enumerate(self.results)
        ]


def _part(
    heading: str,
    names: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    right: frozenset[int] = frozenset(),
    best: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[Part]:
    shown = tuple(rows)
    if shown:
        yield ""
        yield Table((heading, *names), shown, right, best)


def _cell_text(one: CellDifference) -> str:
    note = "(only comments)" if one.is_cosmetic else ""
    return " ".join(word for word in (one.cell, one.makes, note) if word)


def _data_texts(one: DataDifference) -> Iterator[str]:
    for letter, rows in zip(one.versions, one.rows, strict=True):
        if not letter:
            yield MISSING
        else:
            yield letter if rows is None else f"{letter} ({counted(rows, 'row')})"
