"""What tests of the server share: how it is asked, and stores that it reads."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from trail_rows import Trail

from celltrail.store.database import connect

HOSTILE = "<img src=x onerror=alert(1)>\"'; DROP TABLE result; --\u202e\n"


class Reply:
    """What a route answered, an error like any other reply."""

    def __init__(self, response: Any) -> None:
        self.status = int(response.code)
        self.headers = response.headers
        self.text = (response.body or b"").decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text, parse_constant=_refuse_constant)


Ask = Callable[..., Awaitable[Reply]]


def _refuse_constant(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def trail_at(folder: Path) -> Trail:
    """Return a trail that writes into the store of a folder, made where it is missing."""
    return Trail(connect(folder / ".celltrail", role="kernel"))


def write_change(trail: Trail, kind: str = "execution") -> None:
    """Tell readers of a write, as every real writer does."""
    trail.row("INSERT INTO changes(kind, row_id) VALUES (?, 1)", kind)
