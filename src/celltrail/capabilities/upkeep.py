"""Commands about recording and the store: status, on, off, doctor, migrate, init, enable."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from celltrail.capabilities.capability import Place, connected, reading
from celltrail.capabilities.wording import iso, moment
from celltrail.core.errors import CelltrailError, StoreMissing, UsageFault
from celltrail.core.report import Answer, Part
from celltrail.core.wording import counted


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
        "spooled": waiting_lines(place),
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
        f"{counted(data['executions'], 'execution')} ({failed:,} not ok),"
        f" {counted(data['results'], 'result')}, {counted(data['runs'], 'run')},"
        f" {data['spooled']:,} waiting, {counted(data['problems'], 'problem')}"
    )
    parts.append(counts if known else "nothing recorded yet")
    now = datetime.now().astimezone()
    for problem in data["newest_problems"]:
        at = moment(problem["at"], now=now)
        parts.append(f"    {at}  {problem['where']}: {problem['message'].splitlines()[0]}")
        problem["at"] = iso(problem["at"])
    return Answer(data, tuple(parts), rows=[data])


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
    return Answer(answer, tuple(parts), verdict="failed" if worst else None, rows=data)


def migrate(place: Place) -> Answer:
    """Bring the store to this version's schema, keeping a copy of the database."""
    from celltrail.store.database import applied_migrations

    before = set(place.store.glob("trail-before-*.db"))
    with connected(place.store, "tool") as connection:  # opening it does what is due
        applied = list(applied_migrations(connection) or ())
    copies = sorted(str(file) for file in set(place.store.glob("trail-before-*.db")) - before)
    parts: list[Part] = [f"up to date: {applied[-1]}" if applied else "up to date"]
    parts.extend(f"the database as it was: {copy}" for copy in copies)
    return Answer({"applied": applied, "copies": copies}, tuple(parts))


def init(place: Place) -> Answer:
    """Make a store here, so that every notebook below shares it."""
    was_there = place.store.is_dir()
    with connected(place.store, "kernel"):
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


def waiting_lines(place: Place) -> int:
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
