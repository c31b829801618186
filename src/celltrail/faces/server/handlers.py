"""Handlers: who may ask, in which thread it is answered, and what an error looks like."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from celltrail.core.errors import CelltrailError, StoreMissing
from celltrail.core.records import encode_value
from celltrail.faces.server.asked import Asked, Home, own_query
from celltrail.faces.server.faults import fault_reply, state_of, status_reply
from celltrail.faces.server.freshness import is_known, mark_of, mark_of_rows
from celltrail.faces.server.readers import Limit, Readers
from celltrail.faces.server.routes import Route
from celltrail.faces.server.wire import ErrorReply

# The one name under which an authorizer allows or forbids all of it.
RESOURCE = "celltrail"


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply with its mark; the body is None where it was not even computed."""

    mark: str | None
    body: bytes | None


class TrailHandler(APIHandler):
    """Answers one route."""

    auth_resource = RESOURCE

    def initialize(self, route: Route, home: Home, readers: Readers) -> None:
        """Take what the route's entry holds."""
        self._route, self._home, self._readers = route, home, readers
        self._mark: str | None = None
        self._limit = Limit(readers.seconds)

    @web.authenticated
    @authorized
    async def get(self, subject: str = "") -> None:
        """Answer a question."""
        known = self.request.headers.get("If-None-Match", "")
        await self._say(lambda: _read(self._route, self._asked(subject), known))

    @web.authenticated
    @authorized
    async def patch(self, subject: str = "") -> None:
        """Change labels."""
        write = self._route.write
        if write is None:
            raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        body = self.request.body
        await self._say(lambda: Answered(None, encoded(write(self._asked(subject), body))))

    async def _say(self, answer: Callable[[], Answered]) -> None:
        try:
            found = await self._readers.run(answer, self._limit, is_long=self._route.is_long)
        except CelltrailError as fault:
            self._refuse(fault)
            return
        self._mark = found.mark
        self.set_header("Cache-Control", "private, no-cache")
        if found.body is None:
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.set_etag_header()
            await self.finish()
        else:
            await self.finish(found.body)

    def _asked(self, subject: str) -> Asked:
        arguments = {
            name: self.get_query_arguments(name, strip=False)
            for name in self.request.query_arguments
        }
        route = self._route
        own = route.parameters
        query = own_query(arguments, arguments if own is None else own, route.name)
        path = (arguments.get("notebook") or [""])[-1]
        notebook = self._home.file_of(path) if path else None
        place = self._home.place(notebook, self._limit.watch)
        return Asked(self._home, place, None if notebook is None else str(notebook), subject, query)

    def _refuse(self, fault: CelltrailError) -> None:
        if fault.__cause__ is not None and type(fault) is CelltrailError:
            self.log.error("celltrail: %s", fault.fact, exc_info=fault)
        self.set_status(state_of(fault)[0])
        self.finish(encoded(fault_reply(fault)))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what tornado or Jupyter raised in the shape of every other error."""
        self.finish(encoded(error_reply(status_code, kwargs.get("exc_info"))))

    def compute_etag(self) -> str | None:
        """Return the answer's mark; tornado would make one of every error as well."""
        return self._mark

    def update_api_activity(self) -> None:
        """Leave out polls: a sidebar that is open is no sign of somebody at work."""
        if not self._route.is_polled:
            super().update_api_activity()

    def on_connection_close(self) -> None:
        """End the reading when the asker has gone."""
        self._limit.give_up()
        super().on_connection_close()


class UnknownRouteHandler(APIHandler):
    """Answers every other address below ``celltrail/``."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Say that there is no such route."""
        raise web.HTTPError(HTTPStatus.NOT_FOUND, "There is no such route.")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """As `TrailHandler.write_error`."""
        self.finish(encoded(error_reply(status_code, kwargs.get("exc_info"))))


def error_reply(status: int, raised: tuple[Any, ...] | None) -> ErrorReply:
    """Return what is answered for what was raised; of what nobody foresaw only that it was."""
    error = raised[1] if raised else None
    said = error.log_message if isinstance(error, web.HTTPError) else None
    return status_reply(status, said)


def encoded(reply: Mapping[str, Any]) -> bytes:
    """Return a reply as JSON, ASCII: a name may hold half of a surrogate pair."""
    text = json.dumps(encode_value(reply), allow_nan=False, separators=(",", ":"), default=str)
    return text.encode("ascii")


def _read(route: Route, asked: Asked, known: str) -> Answered:
    """Answer a question in the thread of a reader."""
    try:
        if route.is_of_rows:
            mark = mark_of_rows(asked, route.pattern)
            return Answered(mark, None if is_known(mark, known) else encoded(route.answer(asked)))
        body = encoded(route.answer(asked))
    except StoreMissing:
        if route.without_store is None:
            raise
        body = encoded(route.without_store)
    mark = mark_of(body)
    return Answered(mark, None if is_known(mark, known) else body)
