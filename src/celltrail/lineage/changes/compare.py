"""What differs between any number of results, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from celltrail.core.errors import UsageFault
from celltrail.core.wording import best_of, counted
from celltrail.lineage.changes.code_change import code_change, unified
from celltrail.lineage.changes.compare_report import (
    CellDifference,
    CompareReport,
    DataDifference,
    EnvironmentDifference,
    MetricRow,
    ParamDifference,
)
from celltrail.lineage.changes.data_change import ColumnChange, change_between
from celltrail.lineage.changes.sides import Comparison, Side, same_value
from celltrail.lineage.changes.why import result_facts
from celltrail.store import trail, why_rows
from celltrail.store.contents import contents
from celltrail.store.trail import Connection, ResultRow

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def compare(connection: Connection, results: Sequence[int], *, store: Path) -> CompareReport:
    """Return what differs between results.

    Parameters
    ----------
    connection : Connection
    results : sequence of int
        Row ids, two or more; a result that is given twice counts once.
    store : Path
        The ``.celltrail`` folder, where long codes are kept.

    Raises
    ------
    UsageFault
        If fewer than two different results are given.
    NotFound
        If one of them does not exist.
    """
    ids = list(dict.fromkeys(results))
    if len(ids) < 2:
        raise UsageFault(
            f"{counted(len(ids), 'result')} was given; comparing needs two or more."
            if ids
            else "No result was given; comparing needs two or more.",
            "name two results, such as latest and -2.",
        )
    comparisons = [Comparison(connection, ids[0], other, store=store) for other in ids[1:]]
    sides = [comparisons[0].a, *(comparison.b for comparison in comparisons)]
    rows = [side.row for side in sides]
    report = CompareReport(
        results=tuple(result_facts(side, store) for side in sides),
        metrics=_metrics(rows),
        params=_params(rows),
        cells=tuple(_cells(comparisons)),
        datasets=tuple(_datasets(connection, rows)),
        environment=tuple(_environment(connection, sides)),
    )
    return replace(report, summary=_summary(report))


def _metrics(rows: Sequence[ResultRow]) -> tuple[MetricRow, ...]:
    names = dict.fromkeys(name for row in rows for name in row.metrics)
    found = []
    for name in names:
        values = tuple(row.metrics.get(name) for row in rows)
        found.append(MetricRow(name, values, best_of(values, name)))
    return tuple(found)


def _params(rows: Sequence[ResultRow]) -> tuple[ParamDifference, ...]:
    found = []
    for name in sorted({name for row in rows for name in row.params}):
        values = tuple(row.params.get(name) for row in rows)
        is_set = tuple(name in row.params for row in rows)
        if not all(is_set) or not all(same_value(values[0], one) for one in values):
            found.append(ParamDifference(name, values, is_set))
    return tuple(found)


def _cells(comparisons: Sequence[Comparison]) -> Iterator[CellDifference]:
    """Yield cells whose code differs: those of the first result, then those it does not have."""
    count = len(comparisons) + 1
    codes: dict[int, list[int | None]] = {}  # of each cell of the first: the code in each result
    alone: dict[str | int, list[int | None]] = {}  # of cells that it does not have, by identity
    named: dict[tuple[bool, str | int], tuple[Comparison, Side, int]] = {}
    for at, comparison in enumerate(comparisons, start=1):
        for a, b in comparison.pairs:
            # Whoever does not pair a cell shares its execution, or does not have it.
            row = codes.setdefault(a, _same_as_first(comparisons, a, count))
            row[at] = comparison.b.ran[b].code
            named.setdefault((True, a), (comparison, comparison.a, a))
        for a in comparison.only_a:
            codes.setdefault(a, _same_as_first(comparisons, a, count))[at] = None
            named.setdefault((True, a), (comparison, comparison.a, a))
        for b in sorted(comparison.only_b):
            one = comparison.b.ran[b]
            key = one.cell or one.code
            alone.setdefault(key, [None] * count)[at] = one.code
            named.setdefault((False, key), (comparison, comparison.b, b))
    for a in sorted(codes):
        if len(set(codes[a])) > 1:
            yield _cell(*named[True, a], codes[a])
    for key, found in alone.items():
        yield _cell(*named[False, key], found)


def _same_as_first(comparisons: Sequence[Comparison], row: int, count: int) -> list[int | None]:
    code = next(one.a.ran[row].code for one in comparisons if row in one.a.ran)
    return [code] * count


def _cell(comparison: Comparison, side: Side, row: int, codes: list[int | None]) -> CellDifference:
    versions = _versions(codes)
    makes = ", ".join(sorted(side.flows.get(row, {}))[:3])
    label = comparison.label(side, row)
    if len(codes) > 2:
        return CellDifference(label, makes, versions)
    texts = [comparison.text(code) if code is not None else "" for code in codes]
    names = (f"{comparison.a.row.id[-8:]} {label}", f"{comparison.b.row.id[-8:]}")
    is_cosmetic = None not in codes and code_change(texts[0], texts[1]).is_cosmetic
    return CellDifference(label, makes, versions, unified(texts[0], texts[1], names), is_cosmetic)


def _versions(values: Sequence[Any]) -> tuple[str, ...]:
    """Return a letter for each different value in order; empty for None."""
    letters: dict[Any, str] = {}
    for value in values:
        if value is not None and value not in letters:
            at = len(letters)
            letters[value] = _LETTERS[at] if at < len(_LETTERS) else f"V{at + 1}"
    return tuple("" if value is None else letters[value] for value in values)


def _datasets(connection: Connection, rows: Sequence[ResultRow]) -> Iterator[DataDifference]:
    items = [{item.name: item for item in row.data} for row in rows]
    entities = [dict(trail.result_data_entities(connection, row.row)) for row in rows]
    names = dict.fromkeys(name for one in items for name in one)
    differing = [
        name
        for name in names
        if len({one[name].digest if name in one else None for one in items}) > 1
    ]
    wanted = {one[name] for one in entities for name in differing if name in one}
    found = contents(connection, wanted)
    for name in differing:
        digests = [one[name].digest or "?" if name in one else None for one in items]
        letters = _versions([None if digest == "?" else digest for digest in digests])
        versions = tuple(
            "?" if digest == "?" else letter
            for digest, letter in zip(digests, letters, strict=True)
        )
        shapes = [one[name].shape if name in one else None for one in items]
        known = [
            entities[at][name] for at, letter in enumerate(versions) if letter not in ("", "?")
        ]
        other = next((entity for entity in known if entity != known[0]), None)
        columns: tuple[ColumnChange, ...] = ()
        if other is not None:
            columns = change_between(found[known[0]], found[other]).columns
        yield DataDifference(name, versions, tuple(s[0] if s else None for s in shapes), columns)


def _environment(connection: Connection, sides: Sequence[Side]) -> Iterator[EnvironmentDifference]:
    ids = [
        next((side.ran[row].environment for row in sorted(side.members, reverse=True)), None)
        for side in sides
    ]
    known = why_rows.environments(connection, {one for one in ids if one is not None})
    found = [None if one is None else known[one] for one in ids]
    names = sorted({name for one in found if one is not None for name in one.packages})
    facts: list[tuple[str, list[str | None]]] = [
        ("Python", [one.python if one else None for one in found]),
        ("platform", [one.platform if one else None for one in found]),
        ("git commit", [one.git_commit if one else None for one in found]),
        ("hardware", [str(one.hardware) if one else None for one in found]),
    ]
    facts += [(name, [one.packages.get(name) if one else None for one in found]) for name in names]
    for name, values in facts:
        # What only some have loaded follows from their code.
        if len({value for value in values if value is not None}) > 1:
            yield EnvironmentDifference(name, tuple(values))


def _summary(report: CompareReport) -> str:
    found = [
        (len(report.params), "param"),
        (len(report.cells), "cell"),
        (len(report.datasets), "data content"),
        (len(report.environment), "environment entry"),
    ]
    words = [counted(count, word).replace("entrys", "entries") for count, word in found if count]
    total = sum(count for count, _ in found)
    said = ", ".join(words) if words else "nothing that was observed"
    return (
        f"{counted(len(report.results), 'result')}: {said} {'differ' if total > 1 else 'differs'}."
    )
