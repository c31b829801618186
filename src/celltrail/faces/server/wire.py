"""The JSON of every route, as types; the front end's are generated from these.

Times are ISO 8601 in UTC. JSON has no NaN and no infinities: a number that is not finite is
``{"$float": "nan" | "inf" | "-inf"}`` wherever a number may stand, in metrics, params, reports
and figures' reports alike (`celltrail.core.records.encode_value`). Identifiers have 32 digits,
with ``.n`` behind for a step's result; `short` is what people see of one. Every text is plain:
whoever shows it escapes it.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

# Grows when a front end of before would misread a reply.
API = 1

NotFinite = TypedDict("NotFinite", {"$float": Literal["nan", "inf", "-inf"]})
Number = float | NotFinite
Verdict = Literal["ok", "warning", "failed", "unknown"]
# The states that a face has words for. There may be more codes than these.
Reason = Literal[
    "no_store",
    "store_locked",
    "store_newer",
    "store_broken",
    "not_found",
    "usage",
    "forbidden",
    "too_long",
    "failed",
]


class ErrorReply(TypedDict):
    """Every answer that is not 2xx or 304.

    Attributes
    ----------
    message
        What was found, as a sentence.
    reason
        Which state a face shows; one of a few.
    code
        A stable word for programs; new ones may come.
    hint
        What to do next; null where there is nothing.
    """

    message: str
    reason: Reason
    code: str
    hint: str | None


class StoreState(TypedDict):
    """The store that answers.

    Attributes
    ----------
    path
        Of the ``.celltrail`` folder, from the folder that the server serves.
    state
        Missing: the first recorded cell makes it.
    message, hint
        As in `ErrorReply`; null when it is ready.
    """

    path: str
    state: Literal["ready", "missing", "locked", "newer", "broken"]
    message: str | None
    hint: str | None


class Counts(TypedDict):
    """How much the store holds; `executions_ok` and `running` are among the executions."""

    executions: int
    executions_ok: int
    running: int
    results: int
    runs: int
    notebooks: int
    problems: int


class Problem(TypedDict):
    """Something that recording could not do.

    Attributes
    ----------
    at
        Time.
    where
        The part of recording that met it.
    message
    execution
        Identifier of the cell's execution, where one was running.
    """

    at: str | None
    where: str
    message: str
    execution: str | None


class StatusReply(TypedDict):
    """``GET status``.

    Attributes
    ----------
    version
        Of celltrail in the server's environment.
    api
        `API`: what a front end compares with the one it was built for.
    store
    recording
        What the project's settings and the server's environment say of new kernels.
    warning
        What is wrong with the settings; null when nothing is.
    spooled
        Records that wait outside the database.
    counts
        Null unless the store is ready.
    problems
        The newest ones.
    sequence
        As in `ChangesReply`.
    """

    version: str
    api: int
    store: StoreState
    recording: bool
    warning: str | None
    spooled: int
    counts: Counts | None
    problems: list[Problem]
    sequence: int


class BindingReply(TypedDict):
    """``GET binding``: what a page has to know before it tells a kernel its notebook.

    Attributes
    ----------
    file
        The notebook's absolute path.
    is_copy
        The identifier in its metadata is that of another file, which is still there.
    """

    file: str
    is_copy: bool


class SessionState(TypedDict):
    """The session in which a notebook ran last.

    Attributes
    ----------
    id
    executions
        Begun, the running one among them.
    running
    has_ended
        Whether its kernel said goodbye.
    """

    id: str
    executions: int
    running: int
    has_ended: bool


class ChangesReply(TypedDict):
    """``GET changes``: cheap enough to be asked every second.

    Attributes
    ----------
    store
        Tells this store from another one that takes its place, where `sequence` begins anew;
        null where there is none yet.
    sequence
        Grows with every write; 0 where there is no store.
    kinds
        Sorts of rows written after `since`, of the last thousand writes: execution, result,
        run, report, session, problem, forget …; empty without `since`.
    session
        Of the notebook asked about; null without one, or before it ran.
    """

    store: str | None
    sequence: int
    kinds: list[str]
    session: SessionState | None


class DataItem(TypedDict):
    """A content that a result was computed from; `digest` null: its content is unknown."""

    name: str
    digest: str | None
    kind: str
    scope: str
    shape: list[int] | None


class Reproduced(TypedDict):
    """The newest verdict of running a result again; `report` is the identifier of its report."""

    outcome: str
    at: str | None
    report: str


class ResultItem(TypedDict):
    """One result.

    Attributes
    ----------
    id, short
    title
        The type of the model that it judges, else the name of its first metric.
    notebook
        Path as recorded, absolute.
    notebook_path
        The same for the server's contents API; null outside the folder that it serves.
    cell
        Identifier of the notebook's cell; null outside notebooks.
    started_at, status
    metrics
        Numbers by name.
    params
        Values in force, by name.
    data
        What the rest was made of.
    environment
        Digest of what it ran on.
    run
        Name or identifier of its run.
    tags
        Its own, and those of its execution and its run.
    own_tags
        Keys of those that are its own: only these can be taken off it.
    is_starred
        Has the tag ``star`` itself.
    is_unseeded
        Drew random numbers with no seed upstream.
    reproduced
        Null: nobody ran it again.
    """

    id: str
    short: str
    title: str
    notebook: str | None
    notebook_path: str | None
    cell: str | None
    started_at: str | None
    status: str
    metrics: dict[str, Number]
    params: dict[str, Any]
    data: list[DataItem]
    environment: str | None
    run: str | None
    tags: dict[str, str]
    own_tags: list[str]
    is_starred: bool
    is_unseeded: bool
    reproduced: Reproduced | None


class ResultsReply(TypedDict):
    """``GET results``; `cursor` asks for the next page, null at the end."""

    results: list[ResultItem]
    cursor: str | None


class ExecutionItem(TypedDict):
    """One run of one cell.

    Attributes
    ----------
    id, short
    notebook, notebook_path, cell
        As in `ResultItem`.
    session
        Identifier.
    count
        Of ``In [count]``.
    status
        running, ok, error, interrupted or aborted.
    started_at, ended_at
    error
        Its last line.
    code
        As executed, without secrets; null where it is too long for a list.
    environment
    unseeded
        Random sources that moved with no seed.
    opaque
        What could not be observed: shell, network, exec.
    """

    id: str
    short: str
    notebook: str | None
    notebook_path: str | None
    cell: str | None
    session: str
    count: int | None
    status: str
    started_at: str | None
    ended_at: str | None
    error: str | None
    code: str | None
    environment: str | None
    unseeded: list[str]
    opaque: list[str]


class ExecutionsReply(TypedDict):
    """``GET executions``, newest first."""

    executions: list[ExecutionItem]
    cursor: str | None


class EnvironmentItem(TypedDict):
    """What an execution ran on; `packages` has versions by name."""

    digest: str
    python: str
    platform: str
    packages: dict[str, str]
    git_commit: str | None
    hardware: dict[str, Any]


class ResultReply(ResultItem):
    """``GET results/{id}`` and its PATCH.

    Attributes
    ----------
    executions
        Its own, in the order in which they ran, with their whole code.
    upstream
        How many executions it came from besides.
    series
        Steps and values of metrics that were logged by step.
    environment_detail
    unseeded, opaque
        Of everything upstream.
    notes
        Oldest first.
    """

    executions: list[ExecutionItem]
    upstream: int
    series: dict[str, list[tuple[int, Number]]]
    environment_detail: EnvironmentItem | None
    unseeded: list[str]
    opaque: list[str]
    notes: list[str]


class RunItem(TypedDict):
    """A named group of executions; `executions` and `results` are counts, `parent` a run's id."""

    id: str
    short: str
    name: str | None
    kind: str
    status: str
    started_at: str | None
    ended_at: str | None
    parent: str | None
    params: dict[str, Any]
    executions: int
    results: int
    tags: dict[str, str]
    is_starred: bool


class RunsReply(TypedDict):
    """``GET runs``, newest first."""

    runs: list[RunItem]
    cursor: str | None


class RunReply(RunItem):
    """``GET runs/{id}`` and its PATCH; `notes` oldest first."""

    notes: list[str]


class LabelsBody(TypedDict, total=False):
    """The body of a PATCH; what is not named stays.

    Attributes
    ----------
    name
        Of a run.
    tags
        Values by key; null removes one.
    note
        One more note.
    star
        Sets or removes the tag ``star``, as ``%mlops tag ID star`` and ``star-`` do.
    """

    name: str
    tags: dict[str, str | None]
    note: str
    star: bool


class ExecutionNode(TypedDict):
    """An execution in a graph; `id` is the node's, `execution` the execution's."""

    id: str
    node: Literal["execution"]
    execution: str
    short: str
    notebook: str | None
    notebook_path: str | None
    cell: str | None
    count: int | None
    status: str
    started_at: str | None
    code: str | None
    unseeded: list[str]
    opaque: list[str]


class EntityNode(TypedDict):
    """A content in a graph, with the `names` it went by; `kind` is frame, estimator, file etc."""

    id: str
    node: Literal["entity"]
    name: str | None
    names: list[str]
    kind: str
    type: str
    digest: str | None
    scope: str
    shape: list[int] | None
    size: int | None


class UsedEdge(TypedDict):
    """A content went into an execution; `made_by` is the execution that made it so."""

    kind: Literal["used"]
    source: str
    target: str
    name: str
    made_by: str | None
    evidence: str


class GeneratedEdge(TypedDict):
    """A content came out of an execution; `change` is created, rebound, mutated or written."""

    kind: Literal["generated"]
    source: str
    target: str
    name: str
    change: str
    evidence: str


class DerivedEdge(TypedDict):
    """A content was made of another one by an execution."""

    kind: Literal["derived"]
    source: str
    target: str
    execution: str
    evidence: str


class LineageReply(TypedDict):
    """``GET lineage``.

    Attributes
    ----------
    result
        What was asked about; null for an execution without a result.
    nodes
        Executions in the order in which they ran, then contents.
    edges
        `source` and `target` are ids of nodes, in the direction in which content flowed.
    """

    result: ResultItem | None
    nodes: list[ExecutionNode | EntityNode]
    edges: list[UsedEdge | GeneratedEdge | DerivedEdge]


class TextPart(TypedDict):
    """A sentence, or some lines."""

    part: Literal["text"]
    text: str


class TablePart(TypedDict):
    """A table of texts.

    Attributes
    ----------
    part, headings, rows
    right
        Columns of numbers.
    best
        (row, column) of the best values.
    keep
        How many of the first columns are shown however narrow the place is.
    """

    part: Literal["table"]
    headings: list[str]
    rows: list[list[str]]
    right: list[int]
    best: list[tuple[int, int]]
    keep: int


class CodePart(TypedDict):
    """Source text; of a diff the lines start with ``+``, ``-`` or a blank."""

    part: Literal["code"]
    text: str
    is_diff: bool


Part = TextPart | TablePart | CodePart


class ReadingReply(TypedDict):
    """``GET readings/{capability}``.

    Attributes
    ----------
    capability
    report
        The facts; `kind` says of which capability, other fields are its own.
    parts
        The same for people, in order. Times in it are in the server's zone.
    figure
        Plotly's JSON (`data`, `layout`); null where there is none.
    no_figure
        Why; null where there is one.
    """

    capability: str
    report: dict[str, Any]
    parts: list[Part]
    figure: dict[str, Any] | None
    no_figure: str | None


class ReportItem(TypedDict):
    """A report that was kept; `target` is the result, run or execution it is about."""

    id: str
    short: str
    kind: str
    target: str | None
    at: str | None
    verdict: Verdict | None
    summary: str


class ReportsReply(TypedDict):
    """``GET reports``, newest first."""

    reports: list[ReportItem]
    cursor: str | None


class ReportReply(ReportItem):
    """``GET reports/{id}``; the rest as in `ReadingReply`."""

    report: dict[str, Any]
    parts: list[Part]
    figure: dict[str, Any] | None
    no_figure: str | None


class ParameterItem(TypedDict):
    """One parameter of a capability.

    Attributes
    ----------
    name
        Its name in a query.
    flag
        ``--name`` on a ``%mlops`` line; null for a word in its place.
    help
    kind
        text, number (whole), real or flag.
    metavar
    is_repeated
    is_required
    default
    completes
        What its value is among: results, runs, columns, notebooks, snapshots, variables.
    choices
        The only words it takes; empty where any will do.
    is_act
        Writes something: not a parameter of ``readings/``.
    """

    name: str
    flag: str | None
    help: str
    kind: Literal["text", "number", "real", "flag"]
    metavar: str | None
    is_repeated: bool
    is_required: bool
    default: Any
    completes: str | None
    choices: list[str]
    is_act: bool


class CapabilityItem(TypedDict):
    """One thing that can be asked for.

    Attributes
    ----------
    name, summary, example
    parameters
    needs
        ``store``, or ``kernel``: wants live objects.
    faces
        Where it can be asked: magic, cli, rest.
    is_reading
        Changes nothing.
    has_figure
    no_figure
        Why there is none; null where there is one.
    """

    name: str
    summary: str
    example: str
    parameters: list[ParameterItem]
    needs: Literal["store", "kernel"]
    faces: list[Literal["magic", "cli", "rest"]]
    is_reading: bool
    has_figure: bool
    no_figure: str | None


class CapabilitiesReply(TypedDict):
    """``GET capabilities``, in the order of the command line's help."""

    capabilities: list[CapabilityItem]


class FindingItem(TypedDict):
    """One thing that a report found."""

    verdict: Verdict
    sentence: str
    hint: str | None
    executions: list[str]


class ReasonItem(TypedDict):
    """Why a cell has a state; `cause` is the execution that brought it about."""

    state: str
    sentence: str
    name: str | None
    cause: str | None


class CellStateItem(TypedDict):
    """One cell of a notebook.

    Attributes
    ----------
    cell
        Its id in the notebook; null where it has none.
    place
        Counts the code cells from 1; null where it is gone.
    execution, count, line
        Its newest execution, and its first line of code.
    state
        The first of `states`: what a mark shows. running, never run, other session, failed,
        edited, stale, orphan, unseeded, overtaken or current.
    states
    reasons
    code
        As it ran, without secrets; null where it never did, or is too long for a list.
    """

    cell: str | None
    place: int | None
    execution: str | None
    count: int | None
    line: str
    state: str
    states: list[str]
    reasons: list[ReasonItem]
    code: str | None


class ResultStateItem(TypedDict):
    """One result of the session, judged as its cell is."""

    result: str
    execution: str
    cell: str | None
    count: int | None
    state: str
    states: list[str]
    reasons: list[ReasonItem]


class PlanStepItem(TypedDict):
    """One cell to run again."""

    cell: str | None
    place: int | None
    execution: str | None
    count: int | None
    line: str
    why: str
    warning: str | None


class StaleReply(TypedDict):
    """``GET stale``: the report of the capability of that name.

    Attributes
    ----------
    kind, summary, verdict, findings
    notebook
        Path as recorded.
    session
        The session that the states are about.
    is_order_known
        Whether the saved notebook could be read.
    cells
        In the order of the notebook, then those that are gone.
    results
        Newest first.
    plan
        What to run, in order.
    blocked, unknown
        What no plan can refresh, and what could not be compared, in sentences.
    """

    kind: Literal["stale"]
    summary: str
    verdict: Verdict | None
    findings: list[FindingItem]
    notebook: str | None
    session: str | None
    is_order_known: bool
    cells: list[CellStateItem]
    results: list[ResultStateItem]
    plan: list[PlanStepItem]
    blocked: list[str]
    unknown: list[str]
