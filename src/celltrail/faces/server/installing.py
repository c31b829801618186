"""Routes put into a Jupyter server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_server.utils import url_path_join

from celltrail.faces.server.asked import Home
from celltrail.faces.server.handlers import TrailHandler, UnknownRouteHandler
from celltrail.faces.server.readers import Readers
from celltrail.faces.server.routes import ROUTES, Route


def install(
    server_app: Any,
    *,
    home: Home,
    readers: Readers,
    routes: Sequence[Route] = ROUTES,
    namespace: str = "celltrail",
) -> None:
    """Add routes to a server.

    Parameters
    ----------
    server_app : jupyter_server.serverapp.ServerApp
    home : Home
    readers : Readers
    routes : sequence of Route
    namespace : str
        What stands before each route in an address.
    """
    web_app = server_app.web_app

    def address(pattern: str) -> str:
        found: str = url_path_join(web_app.settings["base_url"], namespace, pattern)
        return found

    handlers: list[Any] = [
        (address(route.pattern), TrailHandler, {"route": route, "home": home, "readers": readers})
        for route in routes
    ]
    web_app.add_handlers(".*$", [*handlers, (address(".*"), UnknownRouteHandler)])
