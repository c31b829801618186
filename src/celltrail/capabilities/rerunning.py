"""Questions about running again: what is stale, what a result needs, does it come out again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celltrail.capabilities.capability import Place, reading
from celltrail.core.errors import CelltrailError, NotFound, StoreMissing, UsageFault

if TYPE_CHECKING:
    from celltrail.lineage.freshness.stale_report import StaleReport
    from celltrail.lineage.recipes.recipe_report import RecipeReport
    from celltrail.lineage.reproducing.reproduction import ReproduceReport


def stale(place: Place, *, notebook: str | None = None) -> StaleReport:
    """Which cells and results are out of date, why, and what to run in which order."""
    from celltrail.lineage.freshness.present_source import present_notebook
    from celltrail.lineage.freshness.staleness import staleness
    from celltrail.store.staleness_rows import session_facts

    path: str | None
    session: str | None = None
    asking: str | None = None
    with reading(place) as connection:
        if notebook is not None:
            path = _stored_path(place, connection, notebook)
        elif place.recorder is not None:
            session = place.recorder.session.id
            asking = place.recorder.cell.id if place.recorder.cell else None
            path = place.recorder.notebook.path if place.recorder.notebook else None
        else:
            newest = session_facts(connection, None, None)
            if newest is None:
                raise NotFound(
                    "Nothing has run in this project yet.", "run a cell, then ask again."
                )
            path, session = newest.notebook, newest.id
        present = present_notebook(path)
        return staleness(
            connection,
            notebook=path,
            cells=present.cells,
            session=session,
            problem=present.problem,
            home=None if path is None else Path(path).parent,
            asking=asking,
        )


def stale_in_page(place: Place, *, notebook: str, cells: Sequence[str]) -> StaleReport:
    """Which cells of an open notebook, which need not be saved, are out of date.

    Parameters
    ----------
    place : Place
    notebook : str
        Absolute path; nothing need have run there.
    cells : sequence of str
        Ids of its code cells as they stand. Each is taken to hold the code that ran last: only
        who has it open knows better.
    """
    from celltrail.lineage.freshness.present_source import executed_notebook
    from celltrail.lineage.freshness.stale_report import StaleReport, summary_of
    from celltrail.lineage.freshness.staleness import staleness

    try:
        with reading(place) as connection:
            present = executed_notebook(connection, notebook, cells)
            home = Path(notebook).parent
            return staleness(connection, notebook=notebook, cells=present.cells, home=home)
    except StoreMissing:  # every notebook begins so
        return StaleReport(summary=summary_of((), ()), notebook=notebook)


def recipe(
    place: Place,
    *,
    id: str = "latest",  # noqa: A002
    to: str | None = None,
    dropped: bool = False,
    force: bool = False,
) -> RecipeReport:
    """The cells that a result needs, in true order, as they ran."""
    from dataclasses import replace

    from celltrail.lineage.recipes import recipe as recipes
    from celltrail.store import trail

    with reading(place) as connection:
        try:
            result = trail.find_result(connection, id)
        except NotFound:
            execution = trail.find_execution(connection, id)
            name = trail.execution_rows(connection, [execution])[0].id
            found = recipes.recipe(
                connection, [execution], result=name, store=place.store, with_dropped=dropped
            )
        else:
            found = recipes.recipe_of_result(
                connection, result, store=place.store, with_dropped=dropped
            )
    if to is not None:
        file = _exported(found, Path(to).expanduser(), is_forced=force)
        written = place.safe_text(str(file))
        found = replace(found, summary=f"{found.summary.rstrip('.')}; written to {written}")
    return found


def reproduce(
    place: Place,
    *,
    id: str = "latest",  # noqa: A002
    yes: bool = False,
    tolerance: float = 1e-9,
    keep: str | None = None,
    timeout: float | None = None,
) -> ReproduceReport:
    """Run a result's recipe in a clean process, and say whether it comes out again."""
    from celltrail.pipeline import reproduce as reproducing

    return reproducing.reproduce(
        place.store,
        id,
        yes=yes,
        tolerance=tolerance,
        keep=None if keep is None else Path(keep).expanduser().absolute(),
        timeout=timeout,
        environ=place.environ,
    )


def _exported(found: RecipeReport, file: Path, *, is_forced: bool) -> Path:
    """Write a recipe as a notebook or a script, by the file's ending."""
    import json

    from celltrail.lineage.recipes.recipe_export import as_notebook, as_script

    if file.suffix == ".ipynb":
        text = json.dumps(as_notebook(found), indent=1, ensure_ascii=False) + "\n"
    elif file.suffix == ".py":
        text = as_script(found)
    else:
        raise UsageFault(
            f"A recipe is not written as {file.suffix!r}.", "end the file's name in .ipynb or .py."
        )
    try:
        with file.open("w" if is_forced else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageFault(
            f"{file} is there already; nothing was written.", "name another file, or add --force."
        ) from None
    except OSError as error:
        raise CelltrailError(
            f"{file} could not be written: {error.strerror}.", "name a file in another folder."
        ) from error
    return file


def _stored_path(place: Place, connection: Any, text: str) -> str:
    """Return the path under which a notebook is known, or would be."""
    from celltrail.store.trail import notebook_paths

    known = notebook_paths(connection)
    for path in (text, os.path.abspath(text), str(place.store.parent / text)):
        if path in known:
            return path
    ends = [path for path in known if Path(path).name == text]
    if len(ends) == 1:
        return ends[0]
    if Path(text).is_file():
        return os.path.abspath(text)
    raise NotFound.named("notebook", text, [Path(path).name for path in known])
