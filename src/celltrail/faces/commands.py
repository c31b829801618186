"""What a user can ask for: one table for the magic, the command line, help and completion.

Each command is a function from a `Place` and its options to an `Answer`; faces only
parse, call and show.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celltrail.core.errors import CelltrailError, NotFound, StoreMissing, UsageFault
from celltrail.faces import render
from celltrail.faces.render import Answer, Code, Part, Table

if TYPE_CHECKING:
    from celltrail.core.redaction import SecretMemory
    from celltrail.store.trail import Connection, ExecutionRow, ResultRow, RunRow

Faces = tuple[str, ...]
BOTH: Faces = ("magic", "cli")
CLI: Faces = ("cli",)
MAGIC: Faces = ("magic",)


@dataclass(frozen=True, slots=True)
class Option:
    """One argument of a command: a word in its place, or ``--name``.

    Attributes
    ----------
    flags : tuple of str
        ``("id",)`` for a word in its place, ``("--sort",)`` for an option.
    help : str
    kind : str
        ``text``, ``number`` or ``flag``.
    metavar : str
    count : str or None
        ``?``, ``*`` or ``+`` as in argparse; None means one.
    default : object
    completes : str or None
        What its value is among: results, runs, columns, notebooks, profiles.
    """

    flags: tuple[str, ...]
    help: str
    kind: str = "text"
    metavar: str | None = None
    count: str | None = None
    default: Any = None
    completes: str | None = None

    @property
    def name(self) -> str:
        """The keyword under which the command receives it."""
        return self.flags[-1].lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the store, and what is around it.

    Attributes
    ----------
    store : Path
        The ``.celltrail`` folder, which need not exist.
    environ : mapping
    recorder : object or None
        The recorder of this process, in a kernel.
    face : str
        ``cli`` or ``magic``.
    """

    store: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    recorder: Any = None
    face: str = "cli"

    def safe_text(self, text: str) -> str:
        """Return a text that a person typed as it may be written: secrets are marks."""
        return self._secrets().redact(text).text

    def safe_tag(self, key: str, value: str) -> tuple[str, str]:
        """Return a key and its value as they may be written."""
        memory = self._secrets()
        memory.learn_value(key, value)
        return memory.redact(key).text, str(memory.redact_value(key, value))

    def _secrets(self) -> SecretMemory:
        """What this session knows to be secret; elsewhere what the environment names so."""
        if self.recorder is not None:
            memory: SecretMemory = self.recorder.secrets
            return memory
        from celltrail.core.redaction import SecretMemory, secret_environment_values

        memory = SecretMemory()
        for value in secret_environment_values(self.environ):
            memory.add(value)
        return memory


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can ask for."""

    name: str
    summary: str
    run: Callable[..., Answer]
    options: tuple[Option, ...] = ()
    faces: Faces = BOTH
    example: str = ""
    is_reading: bool = False  # with no store it says so instead of failing in a notebook


@contextmanager
def reading(place: Place) -> Iterator[Connection]:
    """Open the store for reading; SQLite's errors come out as celltrail's."""
    with _connected(place.store, "reader") as connection:
        yield connection


@contextmanager
def writing(place: Place) -> Iterator[Connection]:
    """Open the store for a label; what dead sessions left waiting is merged first."""
    from celltrail.store.spool import merge_spools, waiting_files

    if place.store.is_dir() and any(True for _ in waiting_files(place.store, place.environ)):
        merge_spools(place.store, environ=place.environ)
    with _connected(place.store, "tool") as connection:
        yield connection


@contextmanager
def _connected(store: Path, role: Any) -> Iterator[Connection]:
    from celltrail.store.database import LOCK_SECONDS, connect, faults
    from celltrail.store.location import database_file

    connection = connect(store, role=role)
    try:
        with faults(database_file(store), LOCK_SECONDS["reader"]):
            yield connection
    finally:
        connection.close()


# --- readings -----------------------------------------------------------------------


def status(place: Place) -> Answer:
    """Where the store is, whether cells are recorded, and how much is in it."""
    from celltrail.settings import load_settings

    parts: list[Part] = []
    try:
        recording = load_settings(place.store, place.environ).recording
    except CelltrailError as fault:
        recording = load_settings(None, {}).recording
        parts.append(f"warning: {fault.fact}")
    session = None
    if place.recorder is not None:
        session = place.recorder.status()
        recording = bool(session.get("recording", recording))
    data: dict[str, Any] = {
        "store": str(place.store),
        "recording": recording,
        "executions": 0,
        "executions_ok": 0,
        "results": 0,
        "spooled": _waiting_lines(place),
        "problems": 0,
        "runs": 0,
        "notebooks": 0,
        "newest_problems": [],
    }
    known = True
    running = 0
    try:
        from celltrail.store import trail

        with reading(place) as connection:
            found = trail.counts(connection)
            for name in ("executions", "executions_ok", "results", "problems", "runs", "notebooks"):
                data[name] = getattr(found, name)
            running = found.running
            if found.problems:
                data["newest_problems"] = trail.list_problems(connection)
    except StoreMissing:
        known = False
    mark = "● recording" if recording else "○ off"
    because = ""
    if not recording and place.environ.get("CELLTRAIL", "").strip().lower() in (
        "off",
        "0",
        "false",
    ):
        because = " (CELLTRAIL=off in the environment)"
    if session is None and place.face == "magic":
        because = " in this kernel: `%load_ext celltrail` starts it"
        mark = "○ not loaded"
    parts.append(f"{mark}{because}")
    parts.append(f"store: {place.store}" + ("" if known else " (made by the first recorded cell)"))
    # The cell that asks is itself running: that is not "not ok".
    failed = data["executions"] - data["executions_ok"] - running
    counts = (
        f"{render.counted(data['executions'], 'execution')} ({failed:,} not ok),"
        f" {render.counted(data['results'], 'result')}, {render.counted(data['runs'], 'run')},"
        f" {data['spooled']:,} waiting, {render.counted(data['problems'], 'problem')}"
    )
    parts.append(counts if known else "nothing recorded yet")
    now = datetime.now().astimezone()
    for problem in data["newest_problems"]:
        at = render.moment(problem["at"], now=now)
        parts.append(f"    {at}  {problem['where']}: {problem['message'].splitlines()[0]}")
        problem["at"] = render.iso(problem["at"])
    return Answer(data, tuple(parts), records=[data])


def results(
    place: Place,
    *,
    filter: str = "",  # noqa: A002 - the option's name
    sort: Sequence[str] | None = None,
    limit: int = 20,
    cursor: str | None = None,
    split: bool = False,
    reproduced: bool = False,
) -> Answer:
    """Results, newest first: metrics, then the params that differ."""
    from celltrail.store import trail

    with reading(place) as connection:
        page = trail.list_results(
            connection,
            where=filter or "",
            order_by=tuple(sort or ()),
            limit=limit,
            cursor=cursor,
            split=split,
            with_reproduced=reproduced,
        )
        is_empty = not page.rows and trail.counts(connection).results == 0
    data = [result_json(row) for row in page.rows]
    if not page.rows:
        said = (
            "No results yet: a cell that computes a metric makes one."
            if is_empty
            else "No result meets the filter."
        )
        return Answer(data, (said,), records=[])
    parts: list[Part] = _results_parts(place, page.rows)
    if page.cursor is not None:
        parts.append(f"more: --limit {limit * 2}, or --cursor {page.cursor}")
    return Answer(data, tuple(parts), records=[result_record(row) for row in page.rows])


def show(place: Place, *, id: str = "latest") -> Answer:  # noqa: A002 - the argument's name
    """One result in full, or one execution where it has no result."""
    from celltrail.lineage.closure import closure
    from celltrail.store import trail

    with reading(place) as connection:
        try:
            result = trail.find_result(connection, id)
        except NotFound:
            found_row = trail.find_execution(connection, id)
            return _execution_answer(place, trail.execution_detail(connection, found_row))
        detail = trail.result_detail(connection, result)
        found = closure(connection, result)
        codes = [_code(place, execution) for execution in detail.executions]
    row = detail.result
    data = result_json(row) | {
        "executions": [execution_json(e) for e in found.executions],
        "own_executions": [e.id for e in detail.executions],
        "series": {k: [list(point) for point in v] for k, v in detail.series.items()},
        "environment_detail": detail.environment,
        "unseeded": list(found.unseeded),
        "opaque": list(found.opaque),
        "notes": list(detail.notes),
    }
    now = datetime.now().astimezone()
    parts: list[Part] = [_headline(place, row, now)]
    facts = [(k, render.number(v), "metric") for k, v in row.metrics.items()]
    facts += [(k, render.value_text(v), "param") for k, v in row.params.items()]
    facts += [(d.name, _data_text(d.digest, d.scope, d.shape), "data") for d in row.data]
    facts += [(k, v or "yes", "tag") for k, v in row.tags.items()]
    parts.append(
        Table(
            ("", "name", "value"), tuple((kind, name, value) for name, value, kind in facts), keep=3
        )
    )
    for name, points in detail.series.items():
        parts.append(
            f"{name}: {render.counted(len(points), 'step')}, last {render.number(points[-1][1])}"
        )
    parts.extend(f"note: {text}" for text in detail.notes)
    parts.extend(_warnings(found.unseeded, found.opaque))
    if detail.environment:
        commit = detail.environment["git_commit"]
        parts.append(
            f"environment: Python {detail.environment['python']},"
            f" {len(detail.environment['packages'])} packages"
            + (f", commit {commit[:10]}" if commit else "")
        )
    for execution, code in zip(detail.executions, codes, strict=True):
        count = f"In [{execution.count}]" if execution.count is not None else "code"
        parts.append(f"{count}, {render.moment(execution.started_at, now=now)}:")
        parts.append(Code(code))
    upstream = len(found.executions) - len(detail.executions)
    if upstream:
        more = render.counted(upstream, "execution")
        parts.append(f"{more} upstream: lineage {trail.short_result(row.id)}")
    return Answer(data, tuple(parts), records=[result_record(row)])


def lineage(place: Place, *, id: str = "latest") -> Answer:  # noqa: A002 - the argument's name
    """What a result or an execution came from: executions, contents, and the edges between."""
    from celltrail.core.identifiers import short
    from celltrail.lineage.closure import graph
    from celltrail.store import trail
    from celltrail.store.results import upstream

    with reading(place) as connection:
        try:
            result = trail.find_result(connection, id)
            detail = trail.result_detail(connection, result)
            members = [execution.row for execution in detail.executions]
            name = trail.short_result(detail.result.id)
        except NotFound:
            execution = trail.find_execution(connection, id)
            members = [execution]
            name = short(trail.execution_rows(connection, members)[0].id)
        found = graph(connection, members)
        above = upstream(connection, members)
        executions = trail.execution_rows(connection, above.executions)
    nodes = [dict(node) for node in found.nodes]
    for node in nodes:
        if "started_at" in node:
            node["started_at"] = render.iso(node["started_at"])
    now = datetime.now().astimezone()
    made: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    for edge in found.edges:
        if edge["kind"] == "used":
            used.setdefault(edge["target"], []).append(edge["name"])
        elif edge["kind"] == "generated":
            made.setdefault(edge["source"], []).append(edge["name"])
    rows = [
        (
            short(row.id),
            render.moment(row.started_at, now=now),
            "" if row.count is None else f"[{row.count}]",
            _first_code_line(row.code),
            ", ".join(used.get(f"e{row.id}", [])),
            ", ".join(made.get(f"e{row.id}", [])),
        )
        for row in executions
    ]
    parts: list[Part] = [
        (
            f"{name} came from {render.counted(len(executions), 'execution')} and"
            f" {render.counted(len(found.nodes) - len(executions), 'content')}, in this order:"
        ),
        Table(("execution", "when", "In", "code", "used", "made"), tuple(rows), keep=3),
    ]
    edges = [dict(edge) for edge in found.edges]
    return Answer({"nodes": nodes, "edges": edges}, tuple(parts), records=edges)


def runs(place: Place, *, limit: int = 20) -> Answer:
    """Named runs and batch runs, newest first."""
    from celltrail.core.identifiers import short
    from celltrail.store import trail

    with reading(place) as connection:
        found = trail.list_runs(connection, limit=limit)
    now = datetime.now().astimezone()
    data = [run_json(run) for run in found]
    if not found:
        return Answer(
            data, ("No runs yet: `%%mlops run --name base` on a cell makes one.",), records=[]
        )
    table = Table(
        ("run", "name", "kind", "started", "status", "executions", "results", "params"),
        tuple(
            (
                short(run.id),
                run.name or "",
                run.kind,
                render.moment(run.started_at, now=now),
                run.status,
                str(run.executions),
                str(run.results),
                ", ".join(f"{k}={render.value_text(v)}" for k, v in run.params.items()),
            )
            for run in found
        ),
        right=frozenset({5, 6}),
    )
    return Answer(data, (table,), records=data)


# --- labels, and what changes the store ---------------------------------------------


def tag(place: Place, *, id: str, tags: Sequence[str]) -> Answer:  # noqa: A002
    """Label a result or a run: ``key=value``, ``key`` alone, or ``key-`` to remove."""
    from celltrail.store import trail

    changes: dict[str, str | None] = {}
    for text in tags:
        key, equals, value = text.partition("=")
        is_removal = not equals and key.endswith("-")
        key = key.removesuffix("-") if is_removal else key
        if not key.strip():
            raise UsageFault.unreadable("tag", text, "key=value")
        key = key.strip()
        # A removal names a key as it is stored.
        safe = place.safe_tag(key, value)
        changes[safe[0]] = None if is_removal else safe[1]
    with writing(place) as connection:
        target = trail.find_target(connection, id)
        for key, new in changes.items():
            trail.set_tag(connection, target, key, new)
    said = ", ".join(f"{k} removed" if v is None else f"{k}={v}" for k, v in changes.items())
    return Answer({"id": target, "tags": changes}, (f"{trail.short_result(target)}: {said}",))


def note(place: Place, *, id: str, text: Sequence[str]) -> Answer:  # noqa: A002
    """Write a note beside a result or a run; without text, show its notes."""
    from celltrail.store import trail

    words = " ".join(text).strip()
    if not words:
        with reading(place) as connection:
            target = trail.find_target(connection, id)
            found = trail.notes(connection, target)
        return Answer({"id": target, "notes": found}, tuple(found) or ("No notes.",))
    with writing(place) as connection:
        target = trail.find_target(connection, id)
        trail.add_note(connection, target, place.safe_text(words), at=time.time_ns() // 1000)
        found = trail.notes(connection, target)
    return Answer({"id": target, "notes": found}, (f"{trail.short_result(target)}: noted",))


def forget(
    place: Place,
    *,
    ids: Sequence[str] = (),
    notebook: str | None = None,
    name: str | None = None,
    older_than: str | None = None,
    yes: bool = False,
) -> Answer:
    """Delete for good: executions, and what only they need, from database, spool and files."""
    from celltrail.store import forget as forgetting
    from celltrail.store import trail

    if not ids and notebook is None and name is None and older_than is None:
        raise UsageFault(
            "Nothing was named to forget.",
            "name results (forget ID), --notebook PATH, --name VARIABLE or --older-than DAYS.",
        )
    if not yes and not ids:
        raise UsageFault(
            "This deletes every execution it names, for good; nothing was deleted yet.",
            "add --yes to do it.",
        )
    executions: list[str] = []
    with reading(place) as connection:
        for text in ids:
            target = trail.find_target(connection, text)
            executions.extend(trail.executions_of(connection, target))
    done = forgetting.forget(
        place.store,
        forgetting.Targets(
            executions=tuple(executions),
            notebook=None if notebook is None else _notebook_path(place, notebook),
            name=name,
            older_than=None if older_than is None else _before(older_than),
        ),
        environ=place.environ,
    )
    return _deleted(done)


def gc(place: Place) -> Answer:
    """Delete what nothing refers to any more."""
    from celltrail.store import forget as forgetting

    return _deleted(forgetting.gc(place.store, environ=place.environ))


def on(place: Place) -> Answer:
    """Start recording, and keep that choice in the project's settings."""
    return _switch(place, recording=True)


def off(place: Place) -> Answer:
    """Stop recording, and keep that choice in the project's settings."""
    return _switch(place, recording=False)


def doctor(place: Place, *, repair: bool = False) -> Answer:
    """Check the store and whether new kernels will record."""
    from celltrail.capture.startup import startup_state
    from celltrail.store import doctor as checking

    parts: list[Part] = []
    repaired: dict[str, Any] | None = None
    if repair:
        from celltrail.store.spool import merge_spools

        checks = checking.examine(place.store, environ=place.environ)
        if any(check.verdict == "failed" for check in checks):
            saved = checking.salvage(place.store)
            total = sum(saved.rows.values())
            repaired = {"kept": str(saved.kept), "rows": saved.rows, "damaged": list(saved.damaged)}
            parts.append(f"{total:,} rows were copied; the damaged file is {saved.kept}.")
        if place.store.is_dir():
            merge_spools(place.store, environ=place.environ)
    checks = checking.examine(place.store, environ=place.environ)
    data = [
        {"name": c.name, "verdict": c.verdict, "sentence": c.sentence, "hint": c.hint}
        for c in checks
    ]
    state = startup_state(place.environ)
    if state.is_in_force:
        where = ", ".join(str(file) for file in state.files)
        verdict = "warning" if state.stale else "ok"
        sentence = f"New kernels of {sys.executable} record (startup file {where})."
        hint = (
            "the file is another version's: `celltrail enable` writes it anew."
            if state.stale
            else None
        )
    else:
        verdict, hint = "warning", "`celltrail enable` writes it into your IPython profile."
        sentence = f"New kernels of {sys.executable} do not record: IPython finds no startup file."
    data.append({"name": "startup file", "verdict": verdict, "sentence": sentence, "hint": hint})
    worst = "failed" if any(row["verdict"] == "failed" for row in data) else None
    for row in data:
        parts.append(f"{row['verdict']}: {row['name']}: {row['sentence']}")
        if row["hint"]:
            parts.append(f"    hint: {row['hint']}")
    answer: dict[str, Any] = {"store": str(place.store), "checks": data, "repaired": repaired}
    return Answer(answer, tuple(parts), code=1 if worst else 0, records=data)


def migrate(place: Place) -> Answer:
    """Bring the store to this version's schema, keeping a copy of the database."""
    from celltrail.store.database import applied_migrations

    before = set(place.store.glob("trail-before-*.db"))
    with _connected(place.store, "tool") as connection:  # opening it does what is due
        applied = list(applied_migrations(connection) or ())
    copies = sorted(str(file) for file in set(place.store.glob("trail-before-*.db")) - before)
    parts: list[Part] = [f"up to date: {applied[-1]}" if applied else "up to date"]
    parts.extend(f"the database as it was: {copy}" for copy in copies)
    return Answer({"applied": applied, "copies": copies}, tuple(parts))


def init(place: Place) -> Answer:
    """Make a store here, so that every notebook below shares it."""
    was_there = place.store.is_dir()
    with _connected(place.store, "kernel"):
        pass
    said = "is there already" if was_there else "was made"
    return Answer({"store": str(place.store), "made": not was_there}, (f"{place.store} {said}",))


def enable(place: Place, *, profile: str = "default", remove: bool = False) -> Answer:
    """Write the startup file into an IPython profile, so that its kernels record."""
    from celltrail.capture import startup

    folder = startup.profile_folder(place.environ, profile)
    if not profile or "/" in profile or profile in (".", ".."):
        raise UsageFault.unreadable("profile", profile, "a profile's name, such as default")
    if remove:
        gone = startup.remove_startup(folder)
        said = f"removed {gone}" if gone else f"there was no startup file in {folder}"
        data = {"file": str(gone) if gone else None, "removed": gone is not None}
        others = startup.startup_state(place.environ).files
        parts = [said, *(f"still in force: {file}" for file in others)]
        return Answer(data, tuple(parts))
    file = startup.write_startup(folder)
    return Answer(
        {"file": str(file), "removed": False},
        (
            f"wrote {file}",
            "New kernels record from now on; `celltrail enable --remove` undoes it.",
        ),
    )


# --- shapes -------------------------------------------------------------------------


def result_json(row: ResultRow) -> dict[str, Any]:
    """Return a result in the shape of ``celltrail results --json``."""
    return {
        "id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "started_at": render.iso(row.started_at),
        "status": row.status,
        "metrics": dict(row.metrics),
        "params": dict(row.params),
        "data": [
            {
                "name": item.name,
                "digest": item.digest,
                "shape": None if item.shape is None else list(item.shape),
                "kind": item.kind,
                "scope": item.scope,
            }
            for item in row.data
        ],
        "environment": row.environment,
        "run": row.run,
        "tags": dict(row.tags),
    }


def result_record(row: ResultRow) -> dict[str, Any]:
    """Return a result as one flat record, for CSV and data frames."""
    return {
        "result_id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "started_at": render.iso(row.started_at),
        "status": row.status,
        "run": row.run,
        **{f"metrics.{name}": value for name, value in row.metrics.items()},
        **{f"params.{name}": value for name, value in row.params.items()},
        **{f"tags.{name}": value for name, value in row.tags.items()},
    }


def execution_json(row: ExecutionRow) -> dict[str, Any]:
    """Return an execution as JSON shows it."""
    return {
        "id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "session": row.session,
        "count": row.count,
        "status": row.status,
        "started_at": render.iso(row.started_at),
        "ended_at": render.iso(row.ended_at),
        "error": row.error,
        "code": row.code,
        "environment": row.environment,
        "unseeded": list(row.unseeded),
        "opaque": list(row.opaque),
    }


def run_json(run: RunRow) -> dict[str, Any]:
    """Return a run as JSON shows it."""
    return {
        "id": run.id,
        "name": run.name,
        "kind": run.kind,
        "status": run.status,
        "started_at": render.iso(run.started_at),
        "ended_at": render.iso(run.ended_at),
        "parent": run.parent,
        "params": run.params,
        "executions": run.executions,
        "results": run.results,
        "tags": run.tags,
    }


# --- helpers of one command each ----------------------------------------------------


def _results_parts(place: Place, rows: Sequence[ResultRow]) -> list[Part]:
    from celltrail.store.trail import short_result

    now = datetime.now().astimezone()
    metrics = _columns([row.metrics for row in rows])
    params = _columns([row.params for row in rows])
    differing = [name for name in params if _differs([row.params for row in rows], name)]
    same = [name for name in params if name not in differing] if len(rows) > 1 else []
    shown = differing if len(rows) > 1 else params
    heads = ["result"]
    columns: list[Callable[[ResultRow], str]] = [lambda row: short_result(row.id)]
    if len({row.notebook for row in rows}) > 1:
        heads.append("notebook")
        columns.append(lambda row: _notebook_text(place, row.notebook))
    heads.append("started")
    columns.append(lambda row: render.moment(row.started_at, now=now))
    if any(row.status != "ok" for row in rows):
        heads.append("status")
        columns.append(lambda row: row.status)
    keep = len(heads)
    runs = sum(row.run is not None for row in rows)
    if runs * 2 > len(rows):
        heads.append("run")
        columns.append(lambda row: row.run or "")
    right, best = set(), set()
    texts = [[column(row) for column in columns] for row in rows]

    def add_metric(name: str) -> None:
        right.add(len(heads))
        chosen = render.best_of([row.metrics.get(name) for row in rows], name)
        if chosen is not None:
            best.add((chosen, len(heads)))
        heads.append(name)
        for text, row in zip(texts, rows, strict=True):
            text.append(render.number(row.metrics[name]) if name in row.metrics else "")

    # A narrow screen shows the first columns: mostly empty ones stand behind the params.
    is_common = {name: sum(name in row.metrics for row in rows) * 2 > len(rows) for name in metrics}
    for name in metrics:
        if is_common[name]:
            add_metric(name)
    for name in shown:
        if all(isinstance(row.params.get(name, 0), (int, float)) for row in rows):
            right.add(len(heads))
        heads.append(name)
        for text, row in zip(texts, rows, strict=True):
            text.append(render.value_text(row.params[name]) if name in row.params else "")
    for name in metrics:
        if not is_common[name]:
            add_metric(name)
    if 0 < runs * 2 <= len(rows):
        heads.append("run")
        for text, row in zip(texts, rows, strict=True):
            text.append(row.run or "")
    tags = _columns([row.tags for row in rows])
    if tags:
        heads.append("tags")
        for text, row in zip(texts, rows, strict=True):
            text.append(", ".join(f"{k}={v}" if v else k for k, v in row.tags.items()))
    table = Table(
        tuple(heads), tuple(map(tuple, texts)), frozenset(right), frozenset(best), keep=keep
    )
    parts: list[Part] = [table]
    if same:
        values = rows[0].params
        pairs = ", ".join(f"{name}={render.cut(render.value_text(values[name]))}" for name in same)
        parts.append(f"the same in all: {pairs}")
    return parts


def _columns(dicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys of several dicts, those that most of them have first."""
    counts: dict[str, int] = {}
    for document in dicts:
        for key in document:
            counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))


def _differs(dicts: Sequence[Mapping[str, Any]], name: str) -> bool:
    missing = object()
    return (
        len({render.value_text(d.get(name, missing)) if name in d else missing for d in dicts}) > 1
    )


def _headline(place: Place, row: ResultRow, now: datetime) -> str:
    from celltrail.store.trail import short_result

    where = f" in {_notebook_text(place, row.notebook)}" if row.notebook else ""
    run = f", run {row.run}" if row.run else ""
    when = render.moment(row.started_at, now=now)
    return f"result {short_result(row.id)}{where}, {when}, {row.status}{run}"


def _warnings(unseeded: Sequence[str], opaque: Sequence[str]) -> Iterator[str]:
    if unseeded:
        yield f"unseeded: {', '.join(unseeded)} moved with no seed upstream; a re-run may differ"
    if opaque:
        yield f"not observed: {', '.join(opaque)}"


def _execution_answer(place: Place, detail: Any) -> Answer:
    from celltrail.core.identifiers import short

    row: ExecutionRow = detail.execution
    now = datetime.now().astimezone()
    code = _code(place, row)
    edge = ("name", "kind", "type", "digest", "scope", "shape", "evidence", "detail", "source")
    data = execution_json(row) | {
        "code": code,
        "used": [{key: getattr(item, key) for key in edge} for item in detail.used],
        "generated": [{key: getattr(item, key) for key in edge} for item in detail.generated],
        "params": list(detail.params),
        "metrics": list(detail.metrics),
        "outputs": list(detail.outputs),
        "artifacts": list(detail.artifacts),
        "deleted": list(detail.deleted),
        "runs": list(detail.runs),
        "tags": detail.tags,
        "notes": list(detail.notes),
        "results": list(detail.results),
    }
    where = f" in {_notebook_text(place, row.notebook)}" if row.notebook else ""
    when = render.moment(row.started_at, now=now)
    parts: list[Part] = [f"execution {short(row.id)}{where}, {when}, {row.status}"]
    if row.error:
        parts.append(row.error)
    facts = [("param", p["name"], render.value_text(p["value"])) for p in detail.params]
    facts += [
        ("value" if m["is_value"] else "metric", m["name"], render.number(m["value"]))
        for m in detail.metrics
    ]
    for word, items in (("used", detail.used), ("made", detail.generated)):
        facts += [(word, i.name, _data_text(i.digest, i.scope, i.shape)) for i in items]
    if facts:
        parts.append(Table(("", "name", "value"), tuple(facts), keep=3))
    parts.extend(f"note: {text}" for text in detail.notes)
    parts.extend(_warnings(row.unseeded, row.opaque))
    parts.append(Code(code))
    return Answer(data, tuple(parts), records=[execution_json(row)])


def _data_text(digest: str | None, scope: str, shape: tuple[int, ...] | None) -> str:
    size = " x ".join(map(str, shape)) if shape else ""
    content = digest[:12] if digest else "content unknown"
    return " ".join(
        part for part in (content, size, "" if scope == "full" else f"({scope})") if part
    )


def _first_code_line(code: str | None) -> str:
    lines = (line.strip() for line in (code or "").splitlines())
    return next((line for line in lines if line and not line.startswith(("#", "%%"))), "")


def _code(place: Place, execution: ExecutionRow) -> str:
    from celltrail.store import trail

    try:
        return trail.code_text(place.store, execution)
    except NotFound as fault:
        return f"# {fault.fact}"


def _notebook_text(place: Place, path: str | None) -> str:
    if path is None:
        return ""
    try:
        return str(Path(path).relative_to(place.store.parent))
    except ValueError:
        return path


def _notebook_path(place: Place, text: str) -> str:
    """Return the path under which a notebook is stored, for a path as typed."""
    absolute = os.path.abspath(text)
    with reading(place) as connection:
        from celltrail.store import trail

        known = trail.notebook_paths(connection)
    for path in (text, absolute, str(place.store.parent / text)):
        if path in known:
            return path
    if len(text) == 32 and set(text) <= set("0123456789abcdef"):
        return text
    raise NotFound.named("notebook", text, [_notebook_text(place, path) for path in known])


def _before(text: str) -> int:
    """Return microseconds since 1970 for ``30``, ``30d`` (days ago) or a date."""
    days = text.strip().removesuffix("d").strip()
    try:
        if days.isdecimal() and len(days) < 7:
            return time.time_ns() // 1000 - int(days) * 86_400_000_000
        return int(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1e6)
    except (ValueError, OverflowError, OSError):
        raise UsageFault.unreadable("age", text, "days (30d) or a date (2026-01-31)") from None


def _deleted(done: Any) -> Answer:
    data = {
        "executions": done.executions,
        "entities": done.entities,
        "codes": done.codes,
        "blobs": done.blobs,
        "backups": [str(file) for file in done.backups],
        "waiting": [str(file) for file in done.waiting],
    }
    parts = [
        (
            f"deleted {done.executions:,} executions, {done.entities:,} contents,"
            f" {done.codes:,} codes, {done.blobs:,} files"
        )
    ]
    parts.extend(f"also deleted, a copy of the database: {file}" for file in done.backups)
    parts.extend(f"not deleted, a living session writes it: {file}" for file in done.waiting)
    return Answer(data, tuple(parts))


def _switch(place: Place, *, recording: bool) -> Answer:
    from celltrail.settings import write_setting
    from celltrail.store.location import create_store

    try:
        create_store(place.store)
        write_setting(place.store, "recording", recording)
    except OSError as error:
        from celltrail.core.errors import StoreReadOnly

        raise StoreReadOnly.at(place.store, error.strerror or str(error)) from error
    if place.recorder is not None:
        if recording:
            place.recorder.on()
        else:
            place.recorder.off()
    mark = "● recording" if recording else "○ off"
    parts: list[Part] = [f"{mark} in {place.store.parent}"]
    said = place.environ.get("CELLTRAIL", "").strip()
    if said:
        parts.append(f"CELLTRAIL={said} in the environment wins in processes that have it.")
    if recording and place.recorder is None and place.face == "magic":
        parts.append("This kernel records from `%load_ext celltrail` on.")
    data = {"recording": recording, "store": str(place.store)}
    return Answer(data, tuple(parts))


def _waiting_lines(place: Place) -> int:
    """Return how many records wait outside the database, in every session's spool."""
    if not place.store.is_dir():
        return 0
    from celltrail.store.spool import waiting_files

    total = 0
    for file in waiting_files(place.store, place.environ):
        try:
            with file.open("rb") as stream:
                total += sum(
                    block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")
                )
        except OSError:  # merged by its owner between the listing and now
            continue
    return total


_ID = Option(
    ("id",),
    "a result, execution or run: its digits, latest, -2, or a run's name",
    metavar="ID",
    completes="results",
)
_LATEST = Option(
    ("id",),
    "as shown by results; latest, -2, or a run's name; default: latest",
    metavar="ID",
    count="?",
    default="latest",
    completes="results",
)
_LIMIT = Option(("--limit",), "how many at most; default 20", "number", "N", default=20)

COMMANDS: tuple[Command, ...] = (
    Command(
        "results",
        "results with their metrics and the params that differ",
        results,
        (
            Option(
                ("--filter",),
                'such as "metrics.auc > 0.9 AND params.C = 1"',
                metavar="TEXT",
                default="",
                completes="columns",
            ),
            Option(
                ("--sort",),
                'a column, -column or "column DESC"; may be repeated',
                metavar="COLUMN",
                count="append",
                completes="columns",
            ),
            _LIMIT,
            Option(("--cursor",), "where the page before ended", metavar="TEXT"),
            Option(("--split",), "a line for each execution of a joined result", "flag"),
            Option(("--reproduced",), "also what reproducing a result ran", "flag"),
        ),
        example='results --filter "metrics.auc > 0.9" --sort -auc',
        is_reading=True,
    ),
    Command("show", "one result in full", show, (_LATEST,), example="show latest", is_reading=True),
    Command(
        "lineage",
        "what a result came from",
        lineage,
        (_LATEST,),
        example="lineage latest --json",
        is_reading=True,
    ),
    Command(
        "runs",
        "named runs and batch runs",
        runs,
        (_LIMIT,),
        example="runs --limit 5",
        is_reading=True,
    ),
    Command(
        "tag",
        "label a result or run",
        tag,
        (
            _ID,
            Option(
                ("tags",), "key=value, key alone, or key- to remove", metavar="KEY=VALUE", count="+"
            ),
        ),
        example="tag latest stage=final",
    ),
    Command(
        "note",
        "write a note beside a result or run",
        note,
        (
            _ID,
            Option(
                ("text",),
                "the note; without it the notes are shown",
                metavar="TEXT",
                count="*",
                default=(),
            ),
        ),
        example='note latest "after cleaning"',
    ),
    Command(
        "forget",
        "delete for good, with what only it needs",
        forget,
        (
            Option(
                ("ids",),
                "results, executions or runs",
                metavar="ID",
                count="*",
                default=(),
                completes="results",
            ),
            Option(
                ("--notebook",),
                "every execution of a notebook",
                metavar="PATH",
                completes="notebooks",
            ),
            Option(
                ("--name",), "every execution that made or used a variable or file", metavar="NAME"
            ),
            Option(
                ("--older-than",),
                "every execution before a date, or so many days ago (30d)",
                metavar="WHEN",
            ),
            Option(("--yes",), "do it: needed where no ID is given", "flag"),
        ),
        example="forget --older-than 90d --yes",
    ),
    Command("on", "start recording in this project", on, example="on"),
    Command("off", "stop recording in this project", off, example="off"),
    Command(
        "status", "is it recording, where, and how much is there", status, example="status --json"
    ),
    Command("init", "make a store in this folder", init, faces=CLI, example="init"),
    Command(
        "doctor",
        "check the store and the startup file",
        doctor,
        (
            Option(
                ("--repair",), "merge what waits; copy a damaged database into a new one", "flag"
            ),
        ),
        example="doctor",
    ),
    Command(
        "migrate", "bring the store to this version's schema", migrate, faces=CLI, example="migrate"
    ),
    Command("gc", "delete what nothing refers to", gc, faces=CLI, example="gc"),
    Command(
        "enable",
        "write the startup file into an IPython profile",
        enable,
        (
            Option(
                ("--profile",), "the profile; default: default", metavar="NAME", default="default"
            ),
            Option(("--remove",), "take it out again", "flag"),
        ),
        faces=CLI,
        example="enable --profile default",
    ),
)


def commands_of(face: str) -> dict[str, Command]:
    """Return the commands of a face by name."""
    return {command.name: command for command in COMMANDS if face in command.faces}
