"""Runs the recipe of a result again, in a clean process and a temporary copy, and compares."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from celltrail.core.errors import UsageFault
from celltrail.core.identifiers import ENTROPY_BYTES, new_id
from celltrail.lineage.recipes.recipe import recipe_of_result
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.lineage.reproducing.reproduction_verdict import findings_of, summary_of
from celltrail.pipeline.reproduction_consent import ask_first, reaching_out
from celltrail.pipeline.reproduction_folder import fill, lay_out, needed_files, written_files
from celltrail.pipeline.reproduction_report import Wanted, causes_of, report_of
from celltrail.pipeline.reproduction_run import REPRODUCING, run_again
from celltrail.store import trail
from celltrail.store.database import LOCK_SECONDS, Connection, Role, connect, faults
from celltrail.store.journal import add_report
from celltrail.store.location import database_file
from celltrail.store.spool import merge_spools
from celltrail.store.traces import names_needed, traces

DEFAULT_TOLERANCE = 1e-9


def reproduce(
    place_store: Path,
    result_text: str,
    *,
    yes: bool = False,
    tolerance: float = DEFAULT_TOLERANCE,
    keep: Path | None = None,
    timeout: float | None = None,
    environ: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] | None = None,
    executions: Sequence[int] | None = None,
) -> ReproduceReport:
    """Run what a result came from again, keep the verdict in the journal and return it.

    Parameters
    ----------
    place_store : Path
        The ``.celltrail`` folder.
    result_text : str
        As for `find_result`: ``latest``, digits, the name of a run.
    yes : bool
        Also run what reaches outside of the temporary copy.
    tolerance : float
        Relative difference up to which a metric counts as the same.
    keep : Path or None
        A folder, new or empty, in which the copy is made and stays.
    timeout : float or None
        Seconds that one cell may take; None means any.
    environ : mapping
        What the environment of the clean process is made from.
    progress : callable or None
        Gets a line before each cell.
    executions : sequence of int or None
        Row ids to run in the place of the result's recipe.

    Raises
    ------
    NotFound
        If there is no such result.
    UsageFault
        If executions reach outside of a copy and `yes` was not given, if `keep` holds
        something, or if this is such a run itself.
    StoreMissing, StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        What the store answered.
    """
    if environ.get(REPRODUCING):
        raise UsageFault("A result is being reproduced here already; this one was not.")
    store = Path(os.path.abspath(place_store))
    copy = _kept_folder(keep)
    started = time.monotonic()
    with _opened(store, "reader") as connection:
        wanted = _wanted(connection, result_text, store, executions)
    scratch = Path(tempfile.mkdtemp(prefix="celltrail-")).resolve()
    try:
        layout = lay_out(wanted.recipe, copy or scratch / "copy", store=store, here=Path.cwd())
        reaching = reaching_out(wanted.recipe, layout)
        if reaching and not yes:
            raise ask_first(reaching, trail.short_result(wanted.result))
        files = needed_files(wanted.recipe, layout)
        in_place = fill(layout, files, written_files(wanted.recipe, layout))
        rerun = run_again(
            wanted.recipe,
            layout,
            scratch,
            store=store,
            environ=environ,
            guarded=not yes,
            timeout=timeout,
            progress=progress or _silence,
        )
        merge_spools(store, environ=dict(environ) | {"TMPDIR": str(scratch / "tmp")})
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with _opened(store, "tool") as connection:
        report = report_of(connection, wanted, layout, files, rerun, store, tolerance)
        report = replace(
            report,
            in_place=tuple(in_place),
            seconds=round(time.monotonic() - started, 3),
            at=time.time_ns() // 1000,
            folder=None if copy is None else str(copy),
        )
        report = replace(report, summary=summary_of(report))
        report = replace(report, findings=findings_of(report, causes_of(report, wanted)))
        identifier = new_id(report.at, os.urandom(ENTROPY_BYTES))
        add_report(connection, report, target=wanted.result, at=report.at, id=identifier)
    return report


def _silence(_line: str) -> None:
    """Show nothing."""


def _wanted(
    connection: Connection, text: str, store: Path, executions: Sequence[int] | None
) -> Wanted:
    row = trail.find_result(connection, text)
    detail = trail.result_detail(connection, row)
    if executions is None:
        report = recipe_of_result(connection, row, store=store)
        executions = [step.row for step in report.steps if step.kept]
    _, _, step = detail.result.id.partition(".")
    return Wanted(
        detail.result.id,
        frozenset(detail.result.metrics),
        int(step) if step else None,
        frozenset(execution.row for execution in detail.executions),
        tuple(traces(connection, executions, store=store)),
        names_needed(connection, executions),
    )


def _kept_folder(keep: Path | None) -> Path | None:
    """Return where the copy stays, made; None where it is temporary."""
    if keep is None:
        return None
    folder = Path(os.path.abspath(keep.expanduser()))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFault(f"{folder} holds something already.", "name a new or an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _opened(store: Path, role: Role) -> Iterator[Connection]:
    """Open the store; SQLite's errors come out as celltrail's."""
    connection = connect(store, role=role)
    try:
        with faults(database_file(store), LOCK_SECONDS[role]):
            yield connection
    finally:
        connection.close()
