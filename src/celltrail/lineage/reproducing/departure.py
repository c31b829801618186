"""Where a second run of some executions first departs from the first one.

Two runs are aligned execution by execution. Contents are compared by digest, in the
order in which the code first speaks of each name, so that of several names that differ
the cause comes before its consequences.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from celltrail.lineage.reproducing.cell_order import in_order, names_towards
from celltrail.store.traces import Content, Measured, Trace

# Sums that should be nought differ by this much from one order of addition to another.
_NEAR_ZERO = 1e-15
# State that no reproduction can share: generators that nobody seeded, the temporary folder,
# options that hold folders. What it changes shows in variables.
_AMBIENT = ("ambient:", "seed:")


@dataclass(frozen=True, slots=True)
class Departure:
    """The first thing that came out otherwise.

    Attributes
    ----------
    what : str
        ``error``, ``variable``, ``file`` or ``metric``.
    execution : str
        Identifier of the recorded execution.
    count : int or None
        Its number in ``In [n]``.
    name : str or None
        The variable, file or metric; of an error the name that was missing, if it says so.
    column : str or None
        The first column that differs, of a frame.
    recorded, present : str or None
        Values, where they are short; else what can be said of them.
    """

    what: str
    execution: str
    count: int | None
    name: str | None
    column: str | None = None
    recorded: str | None = None
    present: str | None = None


@dataclass(frozen=True, slots=True)
class MetricPair:
    """A number of both runs.

    Attributes
    ----------
    name : str
    execution : str
    step : int or None
    recorded : float
    present : float or None
        None when the second run did not give it.
    agreement : str
        ``same``, ``close`` (within the tolerance), ``different`` or ``missing``.
    """

    name: str
    execution: str
    step: int | None
    recorded: float
    present: float | None
    agreement: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What holding one run against another gave.

    Attributes
    ----------
    departure : Departure or None
        The first one on the way to the result.
    aside : tuple of Departure
        Contents that differ and that no other execution here used.
    compared : int
        Contents that were compared in full.
    sampled : tuple of str
        Names on the way to the result that were compared by a sample only.
    unknown : tuple of str
        Names on the way that could not be compared.
    metrics : tuple of MetricPair
    failed : bool
        An execution raised what it did not raise before, so the rest did not run.
    """

    departure: Departure | None = None
    aside: tuple[Departure, ...] = ()
    compared: int = 0
    sampled: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    metrics: tuple[MetricPair, ...] = ()
    failed: bool = False


@dataclass(slots=True)
class _Tally:
    departures: list[Departure] = field(default_factory=list)
    aside: list[Departure] = field(default_factory=list)
    compared: int = 0
    sampled: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    metrics: list[MetricPair] = field(default_factory=list)
    failed: bool = False


def compare(
    recorded: Sequence[Trace],
    present: Sequence[Trace | None],
    *,
    needed: Mapping[int, frozenset[str]],
    own: frozenset[int],
    tolerance: float,
    recorded_text: Callable[[str], str] = str,
) -> Comparison:
    """Hold a second run of executions against the first and find where it departs.

    Parameters
    ----------
    recorded : sequence of Trace
        The first run, in true order.
    present : sequence of Trace or None
        The second run; None where an execution left no trace. It may be shorter: the
        rest did not run.
    needed : mapping of int to frozenset of str
        For each recorded execution, by row id, the names that others of them used.
    own : frozenset of int
        Row ids of the recorded executions that are the result's own: all that they
        left counts.
    tolerance : float
        Relative difference up to which two metrics are close.
    recorded_text : callable
        Turns a value's text of the second run into what the first would have shown
        (its folder has another name).

    Returns
    -------
    Comparison
    """
    tally = _Tally()
    states: dict[str, dict[str, Content]] = {}
    for first, second in zip(recorded, present, strict=False):
        if second is None:
            for content in first.made:
                if not content.name.startswith(_AMBIENT):
                    tally.unknown[content.name] = None
            _compare_measured(first, (), tolerance, tally, was_seen=False)
            continue
        state = states.setdefault(first.session, {})
        made = {content.name: content for content in second.made}
        state.update(made)
        error = _error_departure(first, second)
        if error is not None and second.status == "error":
            tally.departures.append(error)
            tally.failed = True
            break
        on_the_way = needed.get(first.row, frozenset())
        towards = names_towards(first) if first.row in own else frozenset()
        flowing = None if towards is None else on_the_way | towards
        _compare_contents(first, state, flowing, recorded_text, tally)
        if error is not None:
            tally.departures.append(error)
        _compare_measured(first, second.measured, tolerance, tally, was_seen=True)
    return Comparison(
        departure=tally.departures[0] if tally.departures else None,
        aside=tuple(tally.aside),
        compared=tally.compared,
        sampled=tuple(tally.sampled),
        unknown=tuple(tally.unknown),
        metrics=tuple(tally.metrics),
        failed=tally.failed,
    )


def agreement(recorded: float, present: float | None, tolerance: float) -> str:
    """Return whether two numbers are ``same``, ``close``, ``different`` or one is ``missing``.

    Examples
    --------
    >>> [agreement(0.5, x, 1e-9) for x in (0.5, 0.5 + 1e-12, 0.6, None)]
    ['same', 'close', 'different', 'missing']
    """
    if present is None:
        return "missing"
    if recorded == present or (math.isnan(recorded) and math.isnan(present)):
        return "same"
    if math.isclose(recorded, present, rel_tol=tolerance, abs_tol=_NEAR_ZERO):
        return "close"
    return "different"


def _error_departure(first: Trace, second: Trace) -> Departure | None:
    """Return how the ends of two executions differ; None where they are alike."""
    if second.status == first.status and _kind(second.error) == _kind(first.error):
        return None
    if second.status != "error" and first.status != "error":
        return None  # one was interrupted or cut off; what it left is compared
    missing = re.search(r"name '(\w+)' is not defined", second.error or "")
    return Departure(
        "error",
        first.id,
        first.count,
        missing[1] if missing else None,
        recorded=first.error or "no error",
        present=second.error or "no error",
    )


def _kind(error: str | None) -> str:
    return (error or "").partition(":")[0]


def _compare_contents(
    first: Trace,
    state: Mapping[str, Content],
    flowing: frozenset[str] | None,
    recorded_text: Callable[[str], str],
    tally: _Tally,
) -> None:
    """Compare what an execution left, name by name in the order of its code."""
    for content in in_order(first.made, first.code):
        if content.name.startswith(_AMBIENT) or content.kind == "module":
            continue
        other = state.get(content.name)
        if other is None:
            verdict = "different" if content.digest is not None else "unknown"
        else:
            verdict = _same(content, other, recorded_text)
        is_needed = flowing is None or content.name in flowing
        if verdict == "same":
            tally.compared += 1
        elif verdict in {"unknown", "sampled"}:
            if is_needed:
                (tally.unknown if verdict == "unknown" else tally.sampled)[content.name] = None
        else:
            found = _content_departure(first, content, other)
            (tally.departures if is_needed else tally.aside).append(found)


def _same(first: Content, second: Content, recorded_text: Callable[[str], str]) -> str:
    """Return ``same``, ``sampled``, ``different`` or ``unknown``."""
    if first.type == second.type and first.text is not None and second.text is not None:
        mapped = recorded_text(second.text)
        if mapped != second.text and mapped == first.text:
            return "same"
    if first.digest is None or second.digest is None:
        return "unknown"
    if first.scope == second.scope == "full":
        return "same" if first.digest == second.digest else "different"
    if first.shape is not None and second.shape is not None and first.shape != second.shape:
        return "different"
    if first.scope != second.scope:
        return "unknown"
    if first.digest == second.digest:
        return "sampled" if first.scope == "sampled" else "unknown"
    # What is known by its metadata alone may hold a time or an address.
    return "different" if first.scope == "sampled" else "unknown"


def _content_departure(first: Trace, content: Content, other: Content | None) -> Departure:
    column = None
    before, after = content.text, None if other is None else other.text
    if other is None:
        before, after = before or _described(content), "not made"
    elif content.columns and other.columns:
        column, before, after = _column(content, other)
    if before is None or after is None or before == after:
        before, after = _described(content), "not made" if other is None else _described(other)
    what = "file" if content.name in first.written else "variable"
    name = content.name.removeprefix("file:") if what == "file" else content.name
    return Departure(what, first.id, first.count, name, column, before, after)


def _column(first: Content, second: Content) -> tuple[str | None, str | None, str | None]:
    """Return the first column that differs, and what each run has there; None for the index."""
    for position, (name, dtype, digest) in enumerate(first.columns):
        if position >= len(second.columns):
            return name, f"a column of {dtype}", "no such column"
        other_name, other_dtype, other_digest = second.columns[position]
        if other_name != name:
            return name, f"column {name}", f"column {other_name}"
        if (other_dtype, other_digest) != (dtype, digest):
            if dtype != other_dtype:
                return name, dtype, other_dtype
            return name, f"content {digest[-8:]}", f"content {other_digest[-8:]}"
    if len(second.columns) > len(first.columns):
        name, dtype, _ = second.columns[len(first.columns)]
        return name, "no such column", f"a column of {dtype}"
    return None, None, None


def _described(content: Content) -> str:
    """Return what can be said of a content in a few words: its type, shape and digest."""
    shape = "" if content.shape is None else f" of {' x '.join(map(str, content.shape))}"
    digest = "" if content.digest is None else f", content {content.digest[-8:]}"
    return f"{content.type}{shape}{digest}"


def _compare_measured(
    first: Trace,
    measured: Sequence[Measured],
    tolerance: float,
    tally: _Tally,
    *,
    was_seen: bool,
) -> None:
    """Pair the numbers of two executions; the same name and step again are paired in order."""
    left: dict[tuple[str, int | None], list[float]] = {}
    for one in measured:
        left.setdefault((one.name, one.step), []).append(one.value)
    for one in first.measured:
        values = left.get((one.name, one.step))
        present = values.pop(0) if values else None
        found = agreement(one.value, present, tolerance)
        if not one.is_value:
            tally.metrics.append(
                MetricPair(one.name, first.id, one.step, one.value, present, found)
            )
        if was_seen and found in {"different", "missing"}:
            said = "not computed" if present is None else repr(present)
            tally.departures.append(
                Departure("metric", first.id, first.count, one.name, None, repr(one.value), said)
            )
