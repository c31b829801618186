"""How the store is, what has changed in it, and what can be asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, cast

import celltrail
from celltrail.capabilities.capability import REST, Capability, Parameter, reading
from celltrail.capabilities.table import TABLE
from celltrail.capabilities.upkeep import waiting_lines
from celltrail.capabilities.wording import iso
from celltrail.core.errors import CelltrailError, StoreMissing, UsageFault
from celltrail.core.records import plain
from celltrail.faces.server.asked import Asked
from celltrail.faces.server.faults import state_of
from celltrail.faces.server.wire import (
    API,
    BindingReply,
    CapabilitiesReply,
    CapabilityItem,
    ChangesReply,
    Counts,
    ParameterItem,
    Problem,
    StatusReply,
    StoreState,
)
from celltrail.settings import load_settings
from celltrail.store import trail
from celltrail.store.changes import birth_of, kinds_since, newest_change, newest_session
from celltrail.store.finding import path_of_notebook

_State = Literal["ready", "missing", "locked", "newer", "broken"]


def status(asked: Asked) -> StatusReply:
    """Return versions, the state of the store, and how much is in it; never an error."""
    place = asked.place
    warning = None
    try:
        recording = load_settings(place.store, place.environ).recording
    except CelltrailError as fault:
        recording, warning = load_settings(None, {}).recording, fault.fact
    reply = StatusReply(
        version=celltrail.__version__,
        api=API,
        store=_store_state(asked, None),
        recording=recording,
        warning=warning,
        spooled=waiting_lines(place),
        counts=None,
        problems=[],
        sequence=0,
    )
    try:
        with reading(place) as connection:
            counts = cast("Counts", plain(trail.counts(connection)))
            problems = trail.list_problems(connection)
            sequence = newest_change(connection)
    except CelltrailError as fault:
        return {**reply, "store": _store_state(asked, fault)}
    shown = [cast("Problem", {**problem, "at": iso(problem["at"])}) for problem in problems]
    return {**reply, "counts": counts, "problems": shown, "sequence": sequence}


def binding(asked: Asked) -> BindingReply:
    """Return where a notebook is, and whether its identifier is another one's.

    Raises
    ------
    UsageFault
        If no notebook was named, or one outside the server's folder.
    """
    if asked.notebook is None:
        raise UsageFault("No notebook was named.", "add notebook=PATH.")
    known = None
    identifier = asked.text("id")
    if identifier is not None:
        try:
            with reading(asked.place) as connection:
                known = path_of_notebook(connection, identifier)
        except StoreMissing:
            known = None  # nothing ran here yet
    is_copy = known is not None and known != asked.notebook and Path(known).is_file()
    return BindingReply(file=asked.notebook, is_copy=is_copy)


def changes(asked: Asked) -> ChangesReply:
    """Return the number of the newest write; 0 where there is no store yet."""
    since = asked.number("since", -1)
    try:
        with reading(asked.place) as connection:
            sequence = newest_change(connection)
            store = birth_of(connection)
            session = None if asked.notebook is None else newest_session(connection, asked.notebook)
            kinds = list(kinds_since(connection, since)) if 0 <= since < sequence else []
    except StoreMissing:
        return ChangesReply(store=None, sequence=0, kinds=[], session=None)
    reply = {"store": store, "sequence": sequence, "kinds": kinds, "session": plain(session)}
    return cast("ChangesReply", reply)


def capabilities(asked: Asked) -> CapabilitiesReply:  # noqa: ARG001 - the same for every store
    """Return the table of capabilities."""
    return CapabilitiesReply(capabilities=[_capability(row) for row in TABLE])


def _store_state(asked: Asked, fault: CelltrailError | None) -> StoreState:
    path = Path(os.path.relpath(asked.place.store, asked.home.root)).as_posix()
    if fault is None:
        return StoreState(path=path, state="ready", message=None, hint=None)
    words = {"no_store": "missing", "store_locked": "locked", "store_newer": "newer"}
    state = cast("_State", words.get(state_of(fault)[1], "broken"))
    return StoreState(path=path, state=state, message=fault.fact, hint=fault.hint)


def _capability(row: Capability) -> CapabilityItem:
    item = {
        "name": row.name,
        "summary": row.summary,
        "example": row.example,
        "parameters": [_parameter(parameter) for parameter in row.parameters],
        "needs": row.needs,
        "faces": [*row.faces, *([REST] if row.is_quick_reading else [])],
        "is_reading": row.is_reading,
        "has_figure": row.draw is not None,
        "no_figure": row.no_figure or None,
    }
    return cast("CapabilityItem", item)


def _parameter(parameter: Parameter) -> ParameterItem:
    flag = parameter.flags[-1]
    is_option = flag.startswith("-")
    item = {
        "name": parameter.name,
        "flag": flag if is_option else None,
        "help": parameter.help,
        "kind": parameter.kind,
        "metavar": parameter.metavar,
        "is_repeated": parameter.count in ("*", "+", "append"),
        "is_required": not is_option and parameter.count not in ("*", "?"),
        "default": plain(parameter.default),
        "completes": parameter.completes,
        "choices": list(parameter.choices),
        "is_act": parameter.is_act,
    }
    return cast("ParameterItem", item)
