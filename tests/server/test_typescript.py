"""The front end's types are those of the server."""

from __future__ import annotations

from server.typescript import FILE, typescript


def test_the_front_ends_types_are_fresh() -> None:
    assert FILE.read_text("utf-8") == typescript(), "`make wire` writes the file again."
