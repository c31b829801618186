"""Marks (ETags) by which a browser knows that what it has is still what it would get."""

from __future__ import annotations

import xxhash

import celltrail
from celltrail.capabilities.capability import reading
from celltrail.faces.server.asked import Asked
from celltrail.faces.server.wire import API
from celltrail.store.changes import birth_of, newest_change


def mark_of_rows(asked: Asked, route: str) -> str:
    """Return the mark of an answer that follows from the store's rows and the query alone.

    It is read before the rows are: what is written in between makes the answer newer than
    its mark, and the next question fetches it once more.
    """
    with reading(asked.place) as connection:
        # Another database in the same place begins to count anew.
        state = (birth_of(connection), newest_change(connection))
    of = (asked.place.store, state, asked.home.root, route, asked.subject, asked.notebook)
    return mark_of(repr((of, sorted(asked.query.items()))).encode())


def mark_of(body: bytes) -> str:
    """Return the mark of an answer as it is, for what depends on more than rows."""
    version = f"{celltrail.__version__}/{API}/".encode()
    return f'W/"{xxhash.xxh3_128_hexdigest(version + body)}"'


def is_known(mark: str, header: str) -> bool:
    """Return whether an ``If-None-Match`` header names a mark."""
    return mark in {word.strip() for word in header.split(",")}
