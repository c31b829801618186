"""Commands that label and delete: tag, note, forget, gc."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celltrail.capabilities.capability import Place, reading, writing
from celltrail.capabilities.wording import (
    notebook_text,
)
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.report import Answer
from celltrail.core.wording import counted

if TYPE_CHECKING:
    from celltrail.store.trail import Connection, Labels

# A line names so many snapshots, and counts the rest; `--json` has them all.
_NAMED = 10


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
        changes[key.strip()] = None if is_removal else value
    with writing(place) as connection:
        target = trail.find_target(connection, id)
        written = label(place, connection, target, trail.Labels(tags=changes))
    said = ", ".join(f"{k} removed" if v is None else f"{k}={v}" for k, v in written.tags.items())
    data = {"id": target, "tags": dict(written.tags)}
    return Answer(data, (f"{trail.short_result(target)}: {said}",))


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
        label(place, connection, target, trail.Labels(note=words))
        found = trail.notes(connection, target)
    return Answer({"id": target, "notes": found}, (f"{trail.short_result(target)}: noted",))


def label(place: Place, connection: Connection, target: str, labels: Labels) -> Labels:
    """Write words on a result, run or execution without the secrets in them; return them so."""
    from celltrail.store import trail

    tags: dict[str, str | None] = {}
    for key, value in labels.tags.items():
        safe = place.safe_tag(key, value or "")  # a removal names a key as it is stored
        tags[safe[0]] = None if value is None else safe[1]
    name, note = (None if t is None else place.safe_text(t) for t in (labels.name, labels.note))
    written = trail.Labels(tags, note, name)
    trail.label(connection, target, written, at=time.time_ns() // 1000)
    return written


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
    raise NotFound.named("notebook", text, [notebook_text(place, path) for path in known])


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
        "snapshots": list(done.snapshots),
        "kept_snapshots": list(done.kept_snapshots),
        "backups": [str(file) for file in done.backups],
        "waiting": [str(file) for file in done.waiting],
    }
    numbers = {"execution": done.executions, "content": done.entities, "code": done.codes}
    counts = [counted(count, word) for word, count in (*numbers.items(), ("file", done.blobs))]
    parts = [f"deleted {', '.join(counts)}"]
    if done.snapshots:
        parts.append(f"deleted {_named(done.snapshots)}")
    if done.kept_snapshots:
        verb = "holds" if len(done.kept_snapshots) == 1 else "hold"
        parts.append(
            f"kept {_named(done.kept_snapshots)}, which still {verb} data of what was deleted;"
            " `forget --name NAME` deletes a snapshot"
        )
    parts.extend(f"also deleted, a copy of the database: {file}" for file in done.backups)
    parts.extend(f"not deleted, a living session writes it: {file}" for file in done.waiting)
    return Answer(data, tuple(parts))


def _named(snapshots: Sequence[str]) -> str:
    shown = ", ".join(snapshots[:_NAMED])
    left = len(snapshots) - _NAMED
    more = f" and {left:,} more" if left > 0 else ""
    return f"{'snapshot' if len(snapshots) == 1 else 'snapshots'} {shown}{more}"
