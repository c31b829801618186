"""Which rows went into which call: the planned steps of a cell, and those that were taken."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.passthrough import Called, Watch
from celltrail.capture.plan import CellPlan, Site
from celltrail.core.dataflow import Event, Expression, trace
from celltrail.core.digest_types import module_name, qualname
from celltrail.core.records import ArgumentRecord, CallRecord

# Entities of these kinds hold no rows and no model.
_WITHOUT_ROWS = frozenset({"scalar", "text", "bytes", "module", "class", "function"})
# A cell of more steps is generated code; what it did shows in the cells around it.
_MAX_STEPS = 500
_MAX_LABELS = 100
_OF_SEVERAL = frozenset({"mix", "same", "join"})
# What a function of the user's own calls without being watched.
_UNSEEN = (
    recognised.FIT_METHODS
    | recognised.SCORE_METHODS
    | recognised.FOLD_FUNCTIONS
    | recognised.SPLIT_FUNCTIONS
    | recognised.METRIC_FUNCTIONS
)
_LIBRARIES = ("sklearn", "xgboost", "lightgbm", "catboost")
_OWN_KINDS = frozenset({"fit_transform", "fit_resample", "fit_predict"})


def events_of(tree: ast.Module, plan: CellPlan, namespace: Mapping[str, Any]) -> list[Event]:
    """Return the steps of a cell as written; before its calls are wrapped."""
    cell = plan.cell
    if not plan.sites and not _learning(cell.imports):
        return []
    sites = {id(site.call.node): site.k for site in plan.sites if site.kind != "user"}
    literals = {name: value for name, value, _ in cell.literals}

    def column_names(name: str) -> tuple[str, ...] | None:
        return _names_held(literals[name] if name in literals else namespace.get(name))

    events = trace(tree.body, cell.bodies, lambda node: sites.get(id(node)), column_names)
    for name, function in cell.functions.items():
        unseen = sorted((function.attributes & _UNSEEN) | (function.loads & _UNSEEN))
        if unseen:
            event = Event("function", 0, 0, conditional=False, loop=False, statement=-1)
            event.targets, event.function = (name,), ", ".join(unseen)
            events.append(event)
    return events


def _learning(imports: Mapping[str, str]) -> bool:
    """Whether a library of estimators is loaded, or is about to be.

    Without one nothing can leak; data made before is found again by its content.
    """
    return any(name in sys.modules for name in _LIBRARIES) or any(
        original.partition(".")[0] in _LIBRARIES for original in imports.values()
    )


def call_records(
    events: list[Event],
    watch: Watch,
    *,
    kinds: Callable[[str], str | None],
    made: AbstractSet[str],
    failed_top: int | None,
    metrics: Mapping[int, tuple[str, ...]],
    redact: Callable[[str], str],
) -> tuple[CallRecord, ...]:
    """Return the steps that were taken, as far as they concern data or models.

    Parameters
    ----------
    events : list of Event
        From `events_of`.
    watch : Watch
        What the watched calls said.
    kinds : callable
        The kind of entity that a name stands for after the cell; None where unknown.
    made : set of str
        Names that the cell made or changed.
    failed_top : int or None
        The top-level statement that raised; what only it and later ones bound is not there.
    metrics : mapping of site to names
        The metrics that each call yielded.
    redact : callable
        Takes secrets out of a text.
    """
    called = {event.statement for event in events if _was_called(event, watch)}
    found: list[CallRecord] = []
    for n, event in enumerate(events):
        if event.site is not None:
            if _was_called(event, watch):
                found.append(_call(n, event, watch, metrics, redact))
            continue
        if failed_top is not None and event.top >= failed_top and event.statement not in called:
            continue
        # Whatever a loop runs over: the calls inside it vary with its variables.
        concerns = bool(called) if event.kind == "each" else _concerns_data(event, kinds)
        if concerns and _was_taken(event, called, made):
            found.append(_binding(n, event, redact))
    return tuple(found[:_MAX_STEPS])


def _was_called(event: Event, watch: Watch) -> bool:
    return event.site is not None and watch.confirmed.get(event.site, False)


def _was_taken(event: Event, called: AbstractSet[int], made: AbstractSet[str]) -> bool:
    """Whether a step under a condition left a trace: a watched call, or its target."""
    return (
        not event.conditional
        or event.statement in called
        or event.kind == "each"
        or any(name in made for name in event.targets)
    )


def _concerns_data(event: Event, kinds: Callable[[str], str | None]) -> bool:
    if event.kind == "function":
        return True
    if event.kind == "assign":
        return bool(event.targets) and kinds(event.targets[0]) not in _WITHOUT_ROWS
    return any(kinds(name) not in _WITHOUT_ROWS for name in _names(event.value))


def _names(value: Expression | None) -> Iterator[str]:
    """Names in an expression; a call counts as a name that nobody knows."""
    if value is None:
        return
    tag, inner = value[0], value[1]
    if tag == "name":
        yield inner
    elif tag == "call":
        yield ""
    elif tag in _OF_SEVERAL:
        for part in inner:
            yield from _names(part)
    elif tag == "items":
        for _, part in inner:
            yield from _names(part)
    else:
        yield from _names(inner)
        if tag == "method":
            for part in value[2]:
                yield from _names(part)


def _call(
    n: int,
    event: Event,
    watch: Watch,
    metrics: Mapping[int, tuple[str, ...]],
    redact: Callable[[str], str],
) -> CallRecord:
    assert event.site is not None
    site, called = watch.sites[event.site], watch.calls[event.site]
    return CallRecord(
        n,
        _kind(site, called),
        event.line,
        site.function,
        tuple(called.classes),
        tuple(called.inside),
        called.count,
        event.loop,
        _safe(event.value, redact),
        tuple(
            ArgumentRecord(word, _safe(value, redact))
            for word, value in event.arguments
            if word is None or value is not None  # ``C=1`` says nothing of rows
        ),
        metrics=tuple(redact(name) for name in metrics.get(event.site, ())),
    )


def _kind(site: Site, called: Called) -> str:
    if site.function in _OWN_KINDS:
        return site.function
    if site.function == "cross_val_predict":
        return "fold"
    if any(name.startswith("sklearn.model_selection._search") for name in called.classes):
        return "search" if site.kind == "fit" else site.kind
    return site.kind


def _binding(n: int, event: Event, redact: Callable[[str], str]) -> CallRecord:
    # Which branch gave the name its value is not known.
    value = None if event.conditional and event.kind == "assign" else event.value
    return CallRecord(
        n,
        event.kind,
        event.line,
        event.function,
        loop=event.loop,
        value=_safe(value, redact),
        targets=event.targets,
        labels=_labels(event.labels, redact),
    )


def _safe(value: Expression | None, redact: Callable[[str], str]) -> Expression | None:
    """The expression without labels that may be secrets."""
    if value is None:
        return None
    tag, inner, *rest = value
    if tag == "items":
        return [tag, [[_label(label, redact), _safe(part, redact)] for label, part in inner]]
    if tag in _OF_SEVERAL:
        return [tag, [_safe(part, redact) for part in inner]]
    if tag == "method":
        return [tag, _safe(inner, redact), [_safe(part, redact) for part in rest[0]]]
    if tag == "columns":
        return [tag, _safe(inner, redact), list(_labels(rest[0], redact)), rest[1]]
    if tag == "item" and isinstance(rest[0], str):
        return [tag, _safe(inner, redact), _label(rest[0], redact)]
    return [tag, _safe(inner, redact) if isinstance(inner, list) else inner, *rest]


def _label(label: str | None, redact: Callable[[str], str]) -> str | None:
    return None if label is None or redact(label) != label else label


def _labels(labels: Iterable[str], redact: Callable[[str], str]) -> tuple[str, ...]:
    """The labels, or none of them where one may be a secret."""
    found = tuple(labels)
    return found if all(redact(label) == label for label in found) else ()


def _names_held(value: object) -> tuple[str, ...] | None:
    """The columns' names in a value, if it holds such; only plain values are looked into."""
    if type(value) is str:
        return (value,)
    if type(value) is list or type(value) is tuple:
        if not value or not all(type(item) is str for item in value[:_MAX_LABELS]):
            return None
        return tuple(value) if len(value) <= _MAX_LABELS else ()
    # Columns, not rows: an index of texts that chooses from a frame.
    kind = type(value)
    if qualname(kind) == "Index" and module_name(kind).startswith("pandas."):
        return () if str(getattr(value, "dtype", "")) in {"object", "str", "string"} else None
    return None
