"""Errors as replies: one shape, a status, and a word for the state that a face shows."""

from __future__ import annotations

from http import HTTPStatus

from celltrail.core.errors import (
    CelltrailError,
    NotFound,
    SettingsError,
    StoreCorrupt,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
    UsageFault,
)
from celltrail.faces.server.wire import ErrorReply, Reason


class TookTooLong(CelltrailError):
    """A reading was ended because others wait."""

    code = "too-long"

    @classmethod
    def after(cls, seconds: float) -> TookTooLong:
        """Return the error for a reading that was ended after some seconds."""
        return cls(
            f"The server ended this reading after {seconds:g} s.",
            "ask for less, or ask in a cell (`%mlops`), which may take as long as it needs.",
        )


# The first class that fits counts. What no class fits is about what was asked: 422.
_STATES: tuple[tuple[type[CelltrailError], HTTPStatus, Reason], ...] = (
    (StoreMissing, HTTPStatus.NOT_FOUND, "no_store"),
    (NotFound, HTTPStatus.NOT_FOUND, "not_found"),
    (UsageFault, HTTPStatus.BAD_REQUEST, "usage"),
    (StoreLocked, HTTPStatus.SERVICE_UNAVAILABLE, "store_locked"),
    (StoreTooNew, HTTPStatus.SERVICE_UNAVAILABLE, "store_newer"),
    (StoreCorrupt, HTTPStatus.SERVICE_UNAVAILABLE, "store_broken"),
    (StoreFull, HTTPStatus.SERVICE_UNAVAILABLE, "store_broken"),
    (StoreReadOnly, HTTPStatus.SERVICE_UNAVAILABLE, "store_broken"),
    (SettingsError, HTTPStatus.SERVICE_UNAVAILABLE, "store_broken"),
    (TookTooLong, HTTPStatus.SERVICE_UNAVAILABLE, "too_long"),
)
_REASONS: dict[int, Reason] = {
    HTTPStatus.BAD_REQUEST: "usage",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "usage",
}
_HINTS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "log in to the server again; a program sends its token and, to write,"
    " the _xsrf cookie's value as X-XSRFToken.",
    HTTPStatus.NOT_FOUND: "GET celltrail/capabilities says what can be asked.",
    HTTPStatus.METHOD_NOT_ALLOWED: "routes are read with GET; PATCH changes labels.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the server's log has the traceback; please report it.",
}


def state_of(fault: CelltrailError) -> tuple[HTTPStatus, Reason]:
    """Return the status and the reason of an error."""
    for kind, status, reason in _STATES:
        if isinstance(fault, kind):
            return status, reason
    return HTTPStatus.UNPROCESSABLE_ENTITY, "failed"


def fault_reply(fault: CelltrailError) -> ErrorReply:
    """Return what is answered for an error of celltrail's."""
    return ErrorReply(
        message=fault.fact, reason=state_of(fault)[1], code=fault.code, hint=fault.hint
    )


def status_reply(status: int, said: str | None = None) -> ErrorReply:
    """Return what is answered for a status that is no error of celltrail's.

    Parameters
    ----------
    status : int
    said : str or None
        What the server says of it; None means the status's own phrase.
    """
    return ErrorReply(
        message=said or f"{HTTPStatus(status).phrase}.",
        reason=_REASONS.get(status, "failed"),
        code=f"http-{status}",
        hint=_HINTS.get(status),
    )
