"""What reproducing finds besides contents, and how people are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from celltrail.core.identifiers import short
from celltrail.core.report import Verdict
from celltrail.core.wording import cut
from celltrail.lineage.reproducing.departure import Departure

Outcome = Literal["identical", "equivalent", "different", "unknown"]
VERDICT_OF: Mapping[Outcome, Verdict] = {
    "identical": "ok",
    "equivalent": "ok",
    "different": "failed",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that the first run read and that is not what it was.

    Attributes
    ----------
    path : str
    execution : str
        The recorded execution that read it first.
    count : int or None
    recorded : str or None
        Digest.
    present : str or None
        Digest; None when the file is gone.
    """

    path: str
    execution: str
    count: int | None
    recorded: str | None
    present: str | None


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package, or Python itself, in another version than recorded."""

    name: str
    recorded: str
    present: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Why the run stopped before its end.

    Attributes
    ----------
    execution : str
        The recorded execution that was being run again.
    count : int or None
    why : str
        ``error``, ``timeout``, ``died``, ``outside`` (it would have written outside of
        the copy, or used the network) or ``secret`` (one was needed that is not kept).
    message : str
    """

    execution: str
    count: int | None
    why: str
    message: str


def file_sentence(file: ChangedFile) -> str:
    """Return what became of an input."""
    place = label(file.execution, file.count)
    if file.present is None:
        return f"{file.path}, read by {place}, is gone"
    return (
        f"{file.path}, read by {place}, has changed"
        f" (content {_tail(file.recorded)}, now {_tail(file.present)})"
    )


def sentence(departure: Departure) -> str:
    """Return a departure in words."""
    place = label(departure.execution, departure.count)
    if departure.what == "error":
        return f"{place} ended with {departure.present}; recorded: {departure.recorded}"
    column = "" if departure.column is None else f", column {departure.column},"
    values = (
        f" (recorded {cut(departure.recorded, 60)}, now {cut(departure.present, 60)})"
        if departure.recorded is not None and departure.present is not None
        else ""
    )
    return f"{departure.what} {departure.name}{column} of {place}{values}"


def label(execution: str, count: int | None) -> str:
    """Return how people call an execution: ``In [7]`` with its short identifier."""
    return short(execution) if count is None else f"In [{count}] {short(execution)}"


def _tail(digest: str | None) -> str:
    return "unknown" if digest is None else digest[-8:]
