"""What the user declares: params, metrics, artifacts, tags and runs; and the running cell."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from celltrail.capture.identity import make_id, now
from celltrail.capture.measures import safe_value
from celltrail.capture.passthrough import Watch
from celltrail.capture.plan import CellPlan
from celltrail.capture.redactor import Redactor
from celltrail.capture.variables import entity_of
from celltrail.core.dataflow import Event
from celltrail.core.digest import digest_report
from celltrail.core.errors import CelltrailError
from celltrail.core.records import (
    ArtifactRecord,
    EntityRecord,
    MetricRecord,
    ParamRecord,
    RunRecord,
)
from celltrail.store.recording import TrailWriter

EMPTY: Mapping[str, Any] = {}


@dataclass(slots=True)
class Cell:
    """One execution under way."""

    id: str
    code: str
    raw: str
    started_at: int
    clock: float
    cell_id: str | None
    count: int | None
    run: str | None
    plan: CellPlan | None = None
    watch: Watch | None = None
    events: list[Event] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    params: list[ParamRecord] = field(default_factory=list)
    metrics: list[MetricRecord] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: list[tuple[str, EntityRecord]] = field(default_factory=list)
    artifacts: dict[str, ArtifactRecord] = field(default_factory=dict)


class Declarations:
    """The part of the recorder that the Python API and ``%%mlops run`` talk to."""

    recording: bool
    redactor: Redactor
    writer: TrailWriter
    cell: Cell | None
    runs: list[RunRecord]
    unrecorded_runs: set[str]  # opened while recording was off

    def problem(self, where: str, message: str) -> None:
        """File something that capture could not do."""
        raise NotImplementedError

    def log_param(self, name: str, value: Any) -> None:
        """Declare a param of the running cell."""
        self.redactor.secrets.learn_value(name, value)
        safe, kind = safe_value(name, value, self.redactor.value)
        self._running().params.append(ParamRecord(self.redactor.text(name), safe, kind, "logged"))

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Declare a metric of the running cell."""
        self._running().metrics.append(MetricRecord(name, float(value), "logged", step=step))

    def log_input(self, obj: Any, name: str) -> None:
        """Declare that the running cell uses `obj`, under `name`."""
        cell = self._running()
        cell.inputs.append((self.redactor.text(name), entity_of(digest_report(obj), cell.id, name)))

    def log_artifact(self, name: str, data: bytes, mime: str) -> None:
        """Keep bytes with the running cell; the same name again replaces them."""
        cell = self._running()
        if not cell.id:  # it is thrown away
            return
        with suppress(UnicodeDecodeError):  # what is no text cannot be changed and stay whole
            data = self.redactor.text(data.decode()).encode()
        blob = self.writer.put_blob(data)
        if blob is None:
            raise CelltrailError(
                f"the artifact {name!r} could not be kept: no disk takes it",
                "`celltrail doctor` says what is wrong with the store.",
            )
        safe = self.redactor.text(name)
        cell.artifacts[safe] = ArtifactRecord(safe, blob, len(data), mime)

    def set_tag(self, key: str, value: str) -> None:
        """Tag the running execution."""
        self._running().tags.update(self.redactor.tags({key: value}))

    def _running(self) -> Cell:
        """The running cell; where none is recorded, one that is thrown away.

        What a notebook declares must not make it fail when recording is off.
        """
        if self.cell is None:
            if self.recording:
                self.problem("declared", "a value was logged while no cell was running; it is lost")
            return Cell("", "", "", 0, 0.0, None, None, None)
        return self.cell

    @property
    def active_run(self) -> RunRecord | None:
        """The innermost run that is open, or None."""
        return self.runs[-1] if self.runs else None

    @property
    def is_reproducing(self) -> bool:
        """Whether this session runs the cells of a result again."""
        return bool(self.runs) and self.runs[0].kind == "reproduce"

    def start_run(
        self,
        name: str | None = None,
        *,
        run_id: str | None = None,
        nested: bool = False,
        tags: Mapping[str, str] = EMPTY,
        params: Mapping[str, Any] = EMPTY,
    ) -> RunRecord:
        """Open a run; the running cell and those after it belong to it until `end_run`.

        While a result is reproduced it is given, but not opened: every cell belongs to
        the run that reproduces, and the named run keeps what it had.
        """
        parent = self.runs[-1].id if self.runs and nested else None
        while self.runs and not nested and not self.is_reproducing:
            self.end_run()
        run = self.redactor.run(
            RunRecord(
                run_id or make_id(),
                name,
                "interactive",
                now(),
                parent=parent,
                tags=dict(tags),
                params=dict(params),
            )
        )
        if self.is_reproducing:
            return run
        if self.recording:
            self.writer.write(run)
        else:
            self.unrecorded_runs.add(run.id)
        self.runs.append(run)
        if self.cell is not None:
            self.cell.run = run.id
        return run

    def end_run(self, status: str = "ok") -> None:
        """Close the innermost run; nothing happens when none is open, or the one reproduces."""
        if self.runs and not self.is_reproducing:
            self.close_run(status)

    def close_run(self, status: str = "ok") -> None:
        """Close the innermost run, the one that reproduces as well."""
        if self.runs:
            run = self.runs.pop()
            if run.id in self.unrecorded_runs:
                return
            self.writer.write(replace(run, status=status, ended_at=now()))
