"""The facts that capture writes and every reading reads, as frozen records.

One executed cell travels as two records: a `StartRecord` before it runs and an
`ExecutionRecord` after it. Both are JSON-able (`encode`, `decode`), because a
record that the store cannot take now is kept as one line of the spool.

References inside a record are local (an entity is its position in
`ExecutionRecord.entities`); references to other executions are their 32-digit
identifiers, so records can be merged into any store in any order.
Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# Which observer saw an edge (PROV has no word for it; OpenLineage calls it a facet).
EVIDENCE = ("static", "boundary", "hook", "audit", "declared")
# How an execution ended; `running` is on disk while the cell runs.
STATUSES = ("running", "ok", "error", "interrupted", "aborted")


@dataclass(frozen=True, slots=True)
class NotebookRecord:
    """A notebook as far as the kernel knows it; `path` may change, `id` stays.

    `is_bound` says that `id` is the one in the notebook's own metadata. Otherwise it is
    derived from the path and stands for whatever notebook the store knows there.
    """

    id: str
    path: str | None = None
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """What the code ran on: interpreter, loaded distributions, git commit, machine."""

    digest: str
    python: str
    platform: str
    packages: dict[str, str]
    git_commit: str | None
    hardware: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One life of one kernel (or shell, or script)."""

    id: str
    kind: str  # kernel, shell, script
    pid: int
    started_at: int
    notebook: NotebookRecord | None = None
    kernel_id: str | None = None
    client: str | None = None  # papermill, jupyter, vscode, …: who started it, where known


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """One content of one thing.

    `digest` is None when the content is unknown; then `lineage_digest` (a hash of
    the execution and the name that made it) tells it apart from every other one.
    """

    kind: str
    type: str
    digest: str | None
    scope: str  # full, sampled, metadata, unknown
    size: int | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    lineage_digest: str | None = None
    reason: str | None = None
    columns: tuple[tuple[str, str, str], ...] = ()  # (name, dtype, digest)


@dataclass(frozen=True, slots=True)
class UsedRecord:
    """The execution read `name`, whose content was `entity`, made by `source`."""

    name: str
    entity: int
    source: str | None  # execution that generated it; None when it came from outside
    evidence: str
    check: str | None = None  # "sampled-equal" when only a sample says it is unchanged


@dataclass(frozen=True, slots=True)
class GeneratedRecord:
    """The execution made or changed what `name` stands for."""

    name: str
    entity: int
    change: str  # created, rebound, mutated, written (a file)
    evidence: str


@dataclass(frozen=True, slots=True)
class DerivedRecord:
    """`entity` came out of `source_entity` in this execution (in-place change, copy)."""

    entity: int
    source_entity: int


@dataclass(frozen=True, slots=True)
class ParamRecord:
    """A named value in force.

    `reaches` holds the names (variables after the cell, and `metric:NAME`) that
    depend on the value inside its own cell, so that a closure keeps the params of
    the model it is about and drops those of its neighbour in the same cell.
    """

    name: str
    value: Any  # None, bool, int, float, str, list or dict of these
    type: str  # int, float, str, bool, none, date, list, dict, tuple, set, function, other
    origin: str  # literal, keyword, estimator, injected, logged, loop
    owner: str | None = None  # class or function that took it as a keyword
    step: int | None = None
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """A named number that the execution produced from data or a model."""

    name: str
    value: float  # may be NaN or infinite
    origin: str  # call, return, chain, logged
    function: str | None = None
    step: int | None = None
    model: str | None = None  # "EXECUTION:NAME" of the fitted estimator it judges
    is_value: bool = False  # a computed number with no model upstream: listed, not a metric


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One iteration of a top-level loop that yielded a metric (`n` counts from 0)."""

    n: int
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """One output of the cell; long content is cut with a note or kept as a blob."""

    kind: str  # stream, display, result, error
    mime: str
    text: str | None = None
    blob: str | None = None  # content address in .celltrail/blobs
    size: int = 0
    note: str | None = None
    name: str | None = None  # stdout, stderr; error name


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """A file or document that the user logged (`log_artifact`, `log_dict`, `log_text`)."""

    name: str
    blob: str
    size: int
    mime: str


@dataclass(frozen=True, slots=True)
class ArgumentRecord:
    """What a call was given, as an expression of `celltrail.core.dataflow`."""

    keyword: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One step of the cell that says which rows went where: a watched call, or a name bound.

    A call in a loop is one record with its `count`. Expressions hold names of variables
    and columns, never values. `n` is the order of the cell's steps.
    """

    n: int
    # fit, fit_transform, fit_resample, fit_predict, search, transform, predict, score, metric,
    # split, fold; or assign, store (into a part of the target), each (a loop's variables),
    # function (one is defined: `function` says what it calls unseen)
    kind: str
    line: int
    function: str | None = None
    classes: tuple[str, ...] = ()  # of its receivers, with their modules
    inside: tuple[str, ...] = ()  # of the estimators in a pipeline
    count: int = 1
    loop: bool = False
    value: Any = None  # the receiver, or what the targets get
    arguments: tuple[ArgumentRecord, ...] = ()
    targets: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # keys of a store, where they are known
    metrics: tuple[str, ...] = ()  # names of the metrics that the call yielded


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A named group of executions."""

    id: str
    name: str | None
    kind: str  # interactive, batch, search
    started_at: int
    ended_at: int | None = None
    status: str = "running"
    parent: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """Something capture could not do; `%mlops status` counts and shows them."""

    where: str
    message: str
    at: int
    session: str | None = None
    execution: str | None = None


@dataclass(frozen=True, slots=True)
class StartRecord:
    """Written before the cell runs; all that is left of it if the kernel dies."""

    id: str
    session: str
    started_at: int
    code: str  # as typed, redacted
    cell_id: str | None = None
    count: int | None = None  # In [count]; repeats with store_history=False
    run: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """Everything that one execution did, written in one transaction after it."""

    id: str
    session: str
    status: str
    started_at: int
    ended_at: int
    code: str
    cell_id: str | None = None
    count: int | None = None
    run: str | None = None
    notebook: NotebookRecord | None = None
    environment: EnvironmentRecord | None = None
    error: str | None = None  # "ZeroDivisionError: division by zero", redacted
    unseeded: tuple[str, ...] = ()  # random sources that moved with no seed upstream
    opaque: tuple[str, ...] = ()  # shell, network, exec: what the observers cannot see into
    steps_are_rows: bool = False
    entities: tuple[EntityRecord, ...] = ()
    used: tuple[UsedRecord, ...] = ()
    generated: tuple[GeneratedRecord, ...] = ()
    derived: tuple[DerivedRecord, ...] = ()
    deleted: tuple[str, ...] = ()
    params: tuple[ParamRecord, ...] = ()
    metrics: tuple[MetricRecord, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    outputs: tuple[OutputRecord, ...] = ()
    artifacts: tuple[ArtifactRecord, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    problems: tuple[ProblemRecord, ...] = ()


Record = SessionRecord | StartRecord | ExecutionRecord | RunRecord | ProblemRecord | NotebookRecord
_KINDS: dict[str, type[Any]] = {
    "session": SessionRecord,
    "start": StartRecord,
    "execution": ExecutionRecord,
    "run": RunRecord,
    "problem": ProblemRecord,
    "notebook": NotebookRecord,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def encode(record: Record) -> dict[str, Any]:
    """Return the record as plain JSON values, with its kind under ``"record"``.

    NaN and infinities become ``{"$float": "nan" | "inf" | "-inf"}``, since JSON
    has no spelling for them.
    """
    return {"record": _NAMES[type(record)], **plain(record)}


def decode(document: dict[str, Any]) -> Any:
    """Return the record that `encode` wrote; fields it does not know are dropped.

    Raises
    ------
    ValueError
        If ``document["record"]`` names no known kind of record.
    """
    kind = document.get("record")
    if not isinstance(kind, str) or kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise ValueError(f"a record of kind {kind!r} was found; expected one of {known}")
    return build(_KINDS[kind], document)


def encode_value(value: Any) -> Any:
    """Return a JSON-able copy of a plain value (see `encode` for NaN)."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, dict):
        return {str(key): encode_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode_value(item) for item in value]
    return value


def decode_value(value: Any) -> Any:
    """Undo `encode_value` (tuples come back as lists)."""
    if isinstance(value, dict):
        if value.keys() == {"$float"} and value["$float"] in ("nan", "inf", "-inf"):
            return float(value["$float"])
        return {key: decode_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode_value(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """Return a frozen dataclass (or a tuple of them) as JSON values, field by field."""
    if dataclasses.is_dataclass(value):
        names = _field_types(type(value))  # type: ignore[arg-type]  # a class is hashable
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return encode_value(value)


@cache
def _field_types(kind: type[Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {item.name: hints[item.name] for item in dataclasses.fields(kind)}


def build(kind: type[Any], document: dict[str, Any]) -> Any:
    """Undo `plain` for a class; keys that are no field of it are dropped."""
    known = _field_types(kind)  # type: ignore[arg-type]  # a class is hashable
    return kind(**{k: _restore(known[k], v) for k, v in document.items() if k in known})


def _restore(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, types.UnionType):  # `X | None`
        (hint,) = (item for item in hint.__args__ if item is not types.NoneType)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value)
    if typing.get_origin(hint) is tuple:
        arguments = typing.get_args(hint)
        inner = arguments[0]
        if arguments[-1] is not ...:
            return tuple(value)
        return tuple(_restore(inner, item) for item in value)
    return decode_value(value)
