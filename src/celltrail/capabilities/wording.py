"""Rows in words: headlines, contents, paths and code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from celltrail.capabilities.capability import Place
from celltrail.core.errors import NotFound
from celltrail.core.report import When

if TYPE_CHECKING:
    from celltrail.store.trail import ExecutionRow, ResultRow


def headline(place: Place, row: ResultRow, now: datetime) -> str:
    """Return what a result is in one line."""
    from celltrail.store.trail import short_result

    where = f" in {notebook_text(place, row.notebook)}" if row.notebook else ""
    run = f", run {row.run}" if row.run else ""
    when = moment(row.started_at, now=now)
    return f"result {short_result(row.id)}{where}, {when}, {row.status}{run}"


def warnings_of(unseeded: Sequence[str], opaque: Sequence[str]) -> Iterator[str]:
    """Yield what makes a closure less than certain, a line each."""
    if unseeded:
        yield f"unseeded: {', '.join(unseeded)} moved with no seed upstream; a re-run may differ"
    if opaque:
        yield f"not observed: {', '.join(opaque)}"


def data_text(digest: str | None, scope: str, shape: tuple[int, ...] | None) -> str:
    """Return a content in few words: digest, shape, and how much of it was looked at."""
    size = " x ".join(map(str, shape)) if shape else ""
    content = digest[:12] if digest else "content unknown"
    return " ".join(
        part for part in (content, size, "" if scope == "full" else f"({scope})") if part
    )


def first_code_line(code: str | None) -> str:
    """Return the first line of a cell that is code; empty where there is none."""
    lines = (line.strip() for line in (code or "").splitlines())
    return next((line for line in lines if line and not line.startswith(("#", "%%"))), "")


def code_of(place: Place, execution: ExecutionRow) -> str:
    """Return an execution's code; a comment where its file is gone."""
    from celltrail.store import trail

    try:
        return trail.code_text(place.store, execution)
    except NotFound as fault:
        return f"# {fault.fact}"


def notebook_text(place: Place, path: str | None) -> str:
    """Return a notebook's path as seen from the project's folder."""
    if path is None:
        return ""
    try:
        return str(Path(path).relative_to(place.store.parent))
    except ValueError:
        return path


def moment(microseconds: int | None, *, now: datetime) -> str:
    """Return a local time in its short form: today ``14:05``, this year ``03-21 14:05``."""
    if microseconds is None:
        return ""
    try:
        when = datetime.fromtimestamp(microseconds / 1e6).astimezone()
    except (OverflowError, OSError, ValueError):
        return "?"
    if when.date() == now.date():
        return when.strftime("%H:%M")
    return when.strftime("%m-%d %H:%M" if when.year == now.year else "%Y-%m-%d")


def iso(microseconds: int | None) -> str | None:
    """Return a time as ISO 8601 in UTC, as JSON shows it."""
    if microseconds is None:
        return None
    from datetime import UTC, timedelta

    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return None


def clock() -> When:
    """Return how a face says times: in the local zone, as seen from now."""
    now = datetime.now().astimezone()
    return lambda microseconds: moment(microseconds, now=now)
