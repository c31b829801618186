"""The recorder: turns the boundaries of each cell into records and writes them.

It knows nothing of IPython. `hooks` calls `start` before a cell, `saw` when its
tree exists, and `finish` after it; each is guarded, so that an error of ours
becomes a problem row and never reaches the user's cell.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from celltrail.capture import files, passthrough, readers
from celltrail.capture.ambient import Ambient
from celltrail.capture.budget import Account
from celltrail.capture.calls import call_records, events_of
from celltrail.capture.declared import EMPTY, Cell, Declarations
from celltrail.capture.environment import EnvironmentWatch
from celltrail.capture.estimators import Estimator
from celltrail.capture.history import History
from celltrail.capture.identity import (
    home_folder,
    injected_run,
    make_id,
    notebook_of,
    now,
    session_of,
)
from celltrail.capture.measures import Measures, chained_names, measure
from celltrail.capture.outputs import Outputs
from celltrail.capture.passthrough import Watch
from celltrail.capture.plan import CellPlan, plan_cell
from celltrail.capture.redactor import Redactor
from celltrail.capture.uses import Uses
from celltrail.capture.variables import Effects, Variables
from celltrail.core.errors import CelltrailError
from celltrail.core.records import (
    CallRecord,
    ExecutionRecord,
    NotebookRecord,
    OutputRecord,
    ProblemRecord,
    RunRecord,
    StartRecord,
    UsedRecord,
)
from celltrail.core.redaction import is_secret_name
from celltrail.core.source import CellSource, Parse, analyse
from celltrail.settings import FILE as SETTINGS_FILE
from celltrail.settings import Settings, load_settings, write_setting
from celltrail.store.location import find_store
from celltrail.store.recording import TrailWriter

_MAX_ERROR = 2000  # characters of an error's message; the cut comes after redaction


class Recorder(Declarations):
    """Records the executions of one session.

    Parameters
    ----------
    kind : str
        ``kernel``, ``shell`` or ``script``.
    namespace : dict
        The user's namespace; read, never written.
    hidden : mapping
        Names in it that belong to IPython, with their values.
    kernel_id : str, optional
        The kernel's own identifier.
    say : callable
        Shows one message to the user (when records have to wait, for example).
    environ : mapping
        The process's environment.
    """

    def __init__(
        self,
        kind: str,
        namespace: dict[str, Any],
        *,
        hidden: Mapping[str, Any] = EMPTY,
        kernel_id: str | None = None,
        say: Callable[[str], None] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.namespace = namespace
        self.hidden = hidden
        self.notebook = notebook_of(environ, namespace)
        home = home_folder(self.notebook)
        self.store: Path = find_store(home, environ)
        self.problems: list[ProblemRecord] = []
        self.settings = self._load_settings(environ)
        self.recording = self.settings.recording
        self._settings_stamp = settings_stamp(self.store)
        self._is_paused = False
        self.session = session_of(kind, environ, self.notebook, kernel_id)
        options: dict[str, Any] = {} if say is None else {"say": say}
        self.writer = TrailWriter(self.store, self.session, environ=environ, **options)
        self.account = Account(self.settings)
        self.variables = Variables(self.account)
        self.ambient = Ambient()
        self.files = files.FileWatch(self.store, home, self.account)
        self.outputs = Outputs(self.settings)
        self.history = History()
        self.environment = EnvironmentWatch(home)
        self.redactor = Redactor(environ)
        self.secrets = self.redactor.secrets
        self.predictions: dict[str, frozenset[str]] = {}
        self.looped: set[str] = set()  # executions that had steps
        self.runs: list[RunRecord] = []
        self.unrecorded_runs: set[str] = set()
        self.executions = 0
        self.cell: Cell | None = None
        self._pid = os.getpid()
        self._environ = environ
        self._begin_injected_run()

    # --- the boundaries of a cell -----------------------------------------------

    def start(
        self,
        raw: str,
        *,
        cell_id: str | None = None,
        count: int | None = None,
        run: RunRecord | None = None,
        tags: Mapping[str, str] = EMPTY,
    ) -> None:
        """Write that a cell is about to run."""
        self.cell = None
        self._obey_settings()
        if not self.recording or os.getpid() != self._pid:
            self.ambient.forget()
            return
        with self._guard("start"):
            self.secrets.learn(raw)
            if run is not None:
                run = self.redactor.run(run)
                self.writer.write(run)
                self.runs.append(run)
            code = self.secrets.redact_code(raw).text
            active = self.runs[-1].id if self.runs else None
            self.cell = Cell(
                make_id(), code, raw, now(), time.perf_counter(), cell_id, count, active
            )
            self.cell.tags.update(tags)
            self.writer.begin(
                StartRecord(
                    self.cell.id,
                    self.session.id,
                    self.cell.started_at,
                    code,
                    cell_id,
                    count,
                    active,
                )
            )
            passthrough.watch_with(None)
            self.outputs.clear()
            self.cell.before = self.variables.before(self.namespace, hidden=self.hidden)
            self.ambient.before(raw)
            readers.install()
            self.files.before()
            self.cell.clock = time.perf_counter()

    def skip(self) -> None:
        """A cell runs that is not to be recorded."""
        self.cell = None
        self.ambient.forget()

    def saw(self, tree: ast.Module, parse: Parse) -> None:
        """Analyse the cell's tree and wrap its candidate calls in place."""
        cell = self.cell
        if cell is None or cell.plan is not None:
            return
        started = time.perf_counter()
        with self._guard("analysis"):
            source = analyse(tree, parse=parse)
            plan = plan_cell(
                source,
                self.namespace,
                predictions=self.predictions,
                models=self.variables.models,
            )
            cell.plan = plan
            self.ambient.watch(plan)
            cell.watch = Watch(plan, self.namespace, chained_names(plan))
            with self._guard("calls"):
                cell.events = events_of(tree, plan, self.namespace)
            if self.settings.passthrough and plan.sites:
                passthrough.rewrite(tree, plan.sites)
                passthrough.watch_with(cell.watch)
        cell.clock += time.perf_counter() - started

    def saw_body(self, tree: ast.AST) -> None:
        """Wrap the calls of a magic's body when that body is compiled."""
        cell = self.cell
        if cell is None or cell.plan is None or not self.settings.passthrough:
            return
        with self._guard("analysis"):
            text = ast.dump(tree)
            bodies = [
                (position + 1, name)
                for position, (name, body) in enumerate(cell.plan.cell.bodies)
                if ast.dump(body) == text
            ]
            # A body that %timeit runs as well stays as it is: timing is its point.
            if bodies and all(name in {"time", "capture"} for _, name in bodies):
                passthrough.rewrite(tree, cell.plan.sites, body=bodies[0][0])

    def finish(
        self,
        status: str,
        *,
        error: BaseException | None = None,
        count: int | None = None,
    ) -> None:
        """Write everything that the cell did."""
        cell, self.cell = self.cell, None
        seconds = time.perf_counter() - cell.clock if cell is not None else 0.0
        self.files.stop()
        passthrough.watch_with(None)
        if cell is None or os.getpid() != self._pid:
            return
        self.account.earn(seconds)
        ended_at = now()
        record = ExecutionRecord(
            cell.id,
            self.session.id,
            status,
            cell.started_at,
            ended_at,
            cell.code,
            cell_id=cell.cell_id,
            count=cell.count if count is None else count,
            run=cell.run,
            notebook=self.notebook,
            tags=dict(cell.tags),
        )
        with self._guard("finish"):
            record = self._observed(record, cell, error)
        problems = self._taken(cell.id)
        self.writer.finish(replace(record, problems=problems) if problems else record)
        self.executions += 1

    def _observed(
        self, record: ExecutionRecord, cell: Cell, error: BaseException | None
    ) -> ExecutionRecord:
        """Add what the observers saw, one after the other; each may fail alone."""
        plan = cell.plan or CellPlan(CellSource(), Uses())
        effects = Effects()
        measures = Measures()
        unseeded: tuple[str, ...] = ()
        opaque = set(plan.cell.opaque)
        ran = cell.plan is not None
        failed_top = _failed_top(plan, error, self.namespace)
        if cell.watch is not None:
            self._check(cell.watch)
        with self._guard("variables"):
            if ran:
                effects = self.variables.settle(
                    plan,
                    cell.before,
                    self.namespace,
                    hidden=self.hidden,
                    execution=cell.id,
                    failed_top=failed_top,
                )
        with self._guard("secrets"):
            made = [record.name for record in effects.generated]
            made += [record.name for record in effects.used if record.source is None]
            self.redactor.look(self.namespace, made)
        with self._guard("history"):
            if ran:
                self.history.settle(
                    plan.cell.history, self.namespace, cell.id, record.count, effects
                )
        with self._guard("measures"):
            if ran and cell.watch is not None:
                measures = self._measure(plan, cell, effects)
        calls: tuple[CallRecord, ...] = ()
        with self._guard("calls"):
            if cell.watch is not None and cell.events:
                calls = call_records(
                    cell.events,
                    cell.watch,
                    kinds=self._kind_of,
                    made={record.name for record in effects.generated},
                    failed_top=failed_top,
                    metrics=measures.names,
                    redact=self.redactor.text,
                )
        with self._guard("profiles"):
            if ran:
                self.variables.profile(_modelled(plan), self.namespace, effects)
        with self._guard("ambient"):
            unseeded = self.ambient.settle(
                plan, self.namespace, cell.id, effects, is_secret=is_secret_name
            )
        with self._guard("files"):
            shell = "shell" in opaque
            started = self.files.settle(cell.id, effects, shell=shell, redact=self.redactor.text)
            if started and not shell:
                opaque.add("process")
        for name, entity in cell.inputs:
            effects.used.append(UsedRecord(name, effects.add(entity), None, "declared"))
        outputs: tuple[OutputRecord, ...] = ()
        with self._guard("outputs"):
            outputs = self.outputs.records(self.redactor.text, self.writer.put_blob)
        environment = None
        with self._guard("environment"):
            environment = self.environment.current()
        return replace(
            record,
            environment=environment,
            error=None if error is None else self.redactor.text(_error_line(error))[:_MAX_ERROR],
            unseeded=unseeded,
            opaque=tuple(sorted(opaque)),
            entities=tuple(self.redactor.entity(entity) for entity in effects.entities),
            used=tuple(_unique(effects.used)),
            generated=tuple(_unique(effects.generated)),
            derived=tuple(effects.derived),
            deleted=tuple(sorted(effects.deleted)),
            params=(*measures.params, *cell.params),
            metrics=tuple(self.redactor.metric(m) for m in (*measures.metrics, *cell.metrics)),
            steps=tuple(measures.steps),
            steps_are_rows=measures.steps_are_rows,
            outputs=outputs,
            artifacts=tuple(cell.artifacts.values()),
            calls=calls,
        )

    def _measure(self, plan: CellPlan, cell: Cell, effects: Effects) -> Measures:
        assert cell.watch is not None
        cell.watch.finish()
        measures = measure(
            plan,
            cell.watch,
            self.namespace,
            made=frozenset(record.name for record in effects.generated),
            model_of=lambda estimator: self._model_of(estimator, cell.id),
            model_names=self.variables.models,
            redact=self.redactor.value,
            looped=self.looped,
        )
        if measures.steps:
            self.looped.add(cell.id)
        for name in list(self.predictions):
            if name not in self.namespace or effects.made(name):
                del self.predictions[name]
        self.predictions.update(measures.predictions)
        return measures

    def _model_of(self, estimator: Estimator, execution: str) -> str | None:
        """The key of an estimator seen at a call: where its present content was made."""
        for name, binding in self.variables.names.items():
            if (
                binding.variable.object_id == estimator.object_id
                and id(self.namespace.get(name)) == estimator.object_id
            ):
                return binding.variable.model or f"{execution}:{name}"
        root = estimator.path.partition(".")[0]
        holder = self.variables.names.get(root)
        maker = holder.source if holder is not None and holder.source else execution
        return f"{maker}:{estimator.path or estimator.owner}"

    def _kind_of(self, name: str) -> str | None:
        """The kind of entity that a name stands for now."""
        binding = self.variables.names.get(name)
        return None if binding is None else binding.variable.entity.kind

    def _check(self, watch: Watch) -> None:
        if watch.failed is not None:
            self.problem("passthrough", watch.failed)
        if watch.cut:
            self.problem(
                "steps", f"only the first {passthrough.MAX_STEPS} steps of the loop are recorded"
            )

    # --- state ------------------------------------------------------------------

    def on(self) -> None:
        """Record from the next cell on, and keep that choice in the store's settings."""
        self._is_paused, self.recording = False, True
        write_setting(self.store, "recording", True)
        self._settings_stamp = settings_stamp(self.store)

    def off(self) -> None:
        """Stop recording, and keep that choice in the store's settings.

        This session stops even where the choice cannot be written.
        """
        self.recording = False
        write_setting(self.store, "recording", False)
        self._settings_stamp = settings_stamp(self.store)

    def pause(self) -> None:
        """Record nothing in this session, whatever the project says, until `resume`."""
        self._is_paused, self.recording = True, False

    def resume(self) -> None:
        """Record again if `pause` was why not, and the project says so."""
        if self._is_paused:
            self._is_paused = False
            self.recording = self._load_settings(self._environ).recording

    def _obey_settings(self) -> None:
        """Follow `%mlops off` and `celltrail on` of other processes on the same store."""
        stamp = settings_stamp(self.store)
        if stamp == self._settings_stamp or self._is_paused:
            return
        self._settings_stamp = stamp
        with self._guard("settings"):
            self.recording = load_settings(self.store, self._environ).recording

    def bind(self, notebook: NotebookRecord) -> None:
        """Belong to a notebook, as the front end knows it: from now on, and since the start."""
        if notebook == self.notebook or os.getpid() != self._pid:
            return
        with self._guard("bind"):
            self.notebook = notebook
            self.session = replace(self.session, notebook=notebook)
            if self.executions or self.cell is not None:
                self.writer.write(self.session)
            else:  # a notebook that is only looked at leaves no trail
                self.writer.know(self.session)

    def status(self) -> dict[str, Any]:
        """What this session knows of itself."""
        return {
            "recording": self.recording,
            "session": self.session.id,
            "store": str(self.store),
            "executions": self.executions,
            "spooled": self.writer.spooled,
            "state": self.writer.state,
            "reader_hook_errors": readers.errors,
        }

    def close(self) -> None:
        """End the session: open runs are closed, the writer is let go."""
        with self._guard("close"):
            if os.getpid() == self._pid:
                while self.runs:
                    self.close_run()
        self.writer.close()

    # --- helpers ----------------------------------------------------------------

    def _load_settings(self, environ: Mapping[str, str]) -> Settings:
        try:
            return load_settings(self.store, environ)
        except CelltrailError as error:
            self.problems.append(ProblemRecord("settings", str(error), now()))
            return load_settings(None, environ)

    def _begin_injected_run(self) -> None:
        with self._guard("run"):
            run = injected_run(self._environ)
            if run is not None and self.recording:
                run = self.redactor.run(run)
                self.writer.write(run)
                self.runs.append(run)

    def problem(self, where: str, message: str) -> None:
        """File something that capture could not do."""
        execution = self.cell.id if self.cell is not None else None
        self.problems.append(
            ProblemRecord(where, self.redactor.text(message), now(), self.session.id, execution)
        )

    def _taken(self, execution: str) -> tuple[ProblemRecord, ...]:
        taken = tuple(replace(problem, execution=execution) for problem in self.problems)
        self.problems = []
        return taken

    def _guard(self, where: str) -> _Guard:
        return _Guard(self, where)

    def file_error(self, where: str, error: BaseException) -> None:
        """File an error of capture, with the place in our code that raised it."""
        line = error.__traceback__
        while line is not None and line.tb_next is not None:
            line = line.tb_next
        place = "" if line is None else f" ({_place(line)})"
        message = self.redactor.text(f"{type(error).__name__}: {error}")[:500] + place
        self.problems.append(ProblemRecord(where, message, now(), self.session.id))


class _Guard:
    """Turns an error of capture into a problem row; a dozen stand around every cell."""

    __slots__ = ("_recorder", "_where")

    def __init__(self, recorder: Recorder, where: str) -> None:
        self._recorder = recorder
        self._where = where

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, (KeyboardInterrupt, Exception)):
            return False
        self._recorder.file_error(self._where, error)
        return True


def _place(traceback: TracebackType) -> str:
    code = traceback.tb_frame.f_code
    return f"{Path(code.co_filename).name}:{traceback.tb_lineno} {code.co_name}"


def settings_stamp(store: Path) -> int:
    """When the store's settings were last written; 0 without any."""
    try:
        return os.stat(store / SETTINGS_FILE).st_mtime_ns  # noqa: PTH116  (before every cell)
    except OSError:
        return 0


def _error_line(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # the user's exception may raise from __str__
        text = "(its message could not be read)"
    return f"{type(error).__name__}: {text}"[: 10 * _MAX_ERROR]


def _unique(records: list[Any]) -> Iterator[Any]:
    """One record a name: the first use, the last generation wins by position."""
    seen: set[str] = set()
    for record in records:
        if record.name not in seen:
            seen.add(record.name)
            yield record


def _modelled(plan: CellPlan) -> set[str]:
    """Names that the cell hands to an estimator: data worth a profile at once."""
    return {
        name
        for site in plan.sites
        if site.kind in {"fit", "predict", "score", "fold"}
        for name in site.call.argument_names
    }


def _failed_top(
    plan: CellPlan, error: BaseException | None, namespace: Mapping[str, Any]
) -> int | None:
    """The top-level statement that raised, or None when the cell ended well."""
    if error is None:
        return None
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals is namespace and not plan.cell.bodies:
            top = plan.cell.top_at(traceback.tb_lineno)
            if top is not None:
                return top
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and error.lineno is not None:
        top = plan.cell.top_at(error.lineno)  # a statement that did not compile: ``return``
        if top is not None:
            return top
    return max(len(plan.cell.tops) - 1, 0)


# --- the recorder of this process ---------------------------------------------------

_current: Recorder | None = None


def current() -> Recorder | None:
    """The recorder of this process, or None where nothing records."""
    return _current


def use(recorder: Recorder | None) -> None:
    """Make `recorder` the one that `current` gives."""
    global _current
    _current = recorder


def ensure_script() -> Recorder:
    """The recorder of this process; a plain script gets one of its own."""
    global _current
    if _current is None:
        from celltrail.capture.script import ScriptRecorder

        _current = ScriptRecorder(vars(sys.modules["__main__"]))
    return _current
