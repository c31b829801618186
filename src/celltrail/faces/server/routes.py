"""The routes: what answers each, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from celltrail.faces.server import details, labelling, listings, questions, state
from celltrail.faces.server.asked import Asked

_SUBJECT = "([^/]+)"
_PAGE = ("cursor", "limit")


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    Attributes
    ----------
    name : str
        What stands behind ``celltrail/``.
    answer : callable
        What a GET returns, a reply of `wire`.
    parameters : tuple of str or None
        Its own; None leaves them to `answer`.
    has_subject : bool
        An identifier or a name stands behind the route's name.
    is_of_rows : bool
        The answer follows from rows and query alone: while nothing is written it is not
        even computed again.
    is_long : bool
        May take seconds.
    is_polled : bool
        Asked without anybody doing anything: no sign that the server is in use.
    without_store : mapping or None
        What is answered before the first cell is recorded; None makes that an error.
    write : callable or None
        What a PATCH returns, from the request and its body.
    """

    name: str
    answer: Callable[[Asked], Mapping[str, Any]]
    parameters: tuple[str, ...] | None = ()
    has_subject: bool = False
    is_of_rows: bool = False
    is_long: bool = False
    is_polled: bool = False
    without_store: Mapping[str, Any] | None = None
    write: Callable[[Asked, bytes], Mapping[str, Any]] | None = None

    @property
    def pattern(self) -> str:
        """The address behind ``celltrail/``, as a regular expression."""
        return f"{self.name}/{_SUBJECT}" if self.has_subject else self.name


ROUTES: tuple[Route, ...] = (
    Route("status", state.status, is_polled=True),
    Route("changes", state.changes, ("since",), is_polled=True),
    Route("capabilities", state.capabilities),
    Route("executions", listings.executions, ("scope", *_PAGE), is_of_rows=True),
    Route(
        "results",
        listings.results,
        ("filter", "sort", "scope", "reproduced", *_PAGE),
        is_of_rows=True,
        without_store={"results": [], "cursor": None},
    ),
    Route(
        "results",
        details.result,
        has_subject=True,
        is_of_rows=True,
        write=labelling.label_result,
    ),
    Route("runs", listings.runs, _PAGE, is_of_rows=True),
    Route("runs", details.run, has_subject=True, is_of_rows=True, write=labelling.label_run),
    Route("lineage", details.lineage, ("of",), is_of_rows=True),
    Route("reports", listings.reports, ("kind", *_PAGE), is_of_rows=True),
    Route("reports", details.report, has_subject=True, is_long=True),
    Route("stale", questions.stale, ("cells",)),
    Route("binding", state.binding, ("id",)),
    Route("readings", questions.reading_reply, None, has_subject=True, is_long=True),
)
