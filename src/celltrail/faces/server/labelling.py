"""Labels that are edited in place: a run's name; tags, notes and stars of runs and results."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from celltrail.capabilities.capability import writing
from celltrail.capabilities.labels import label
from celltrail.core.errors import UsageFault
from celltrail.faces.server import details
from celltrail.faces.server.asked import Asked
from celltrail.faces.server.rows import STAR
from celltrail.faces.server.wire import LabelsBody, ResultReply, RunReply
from celltrail.store import trail
from celltrail.store.trail import Labels

_KINDS: dict[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "tags": (dict, "texts by key, null to remove one"),
    "note": (str, "a text"),
    "star": (bool, "true or false"),
}
# A label is a few words; what is longer is a mistake, or a file.
_LONGEST = 10_000


def label_result(asked: Asked, body: bytes) -> ResultReply:
    """Change the labels of a result and return it."""
    labels = read_labels(body)
    if labels.name is not None:
        raise UsageFault("A result has no name of its own.", "name its run, or add a tag.")
    with writing(asked.place) as connection:
        row = trail.find_result(connection, asked.subject)
        (found,) = trail.result_rows(connection, [row])
        label(asked.place, connection, found.id, labels)
    return details.result(asked)


def label_run(asked: Asked, body: bytes) -> RunReply:
    """Change the labels of a run and return it."""
    labels = read_labels(body)
    with writing(asked.place) as connection:
        found = trail.find_run(connection, asked.subject)
        label(asked.place, connection, found.id, labels)
    return details.run(replace(asked, subject=found.id))  # its name may be another one now


def read_labels(body: bytes) -> Labels:
    """Return the labels that a body spells.

    Raises
    ------
    UsageFault
        If it is no JSON object of `LabelsBody`.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise UsageFault("The body of the request is not JSON.", _expected()) from None
    if not isinstance(document, dict) or not document:
        raise UsageFault("The body of the request names no label.", _expected())
    for key, value in document.items():
        if key not in _KINDS:
            raise UsageFault.unknown("label", key, _KINDS)
        kind, words = _KINDS[key]
        if not isinstance(value, kind):
            raise UsageFault.unreadable(key, json.dumps(value)[:80], words)
    given: LabelsBody = document  # type: ignore[assignment]  # its keys were looked at above
    tags = _tags(given.get("tags", {}))
    if "star" in given:
        tags[STAR] = "" if given["star"] else None
    return Labels(tags, _words("note", given.get("note")), _words("name", given.get("name")))


def _tags(tags: dict[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, value in tags.items():
        if not key.strip() or not isinstance(value, (str, type(None))):
            raise UsageFault.unreadable("tag", f"{key}={value}"[:80], "a text, or null to remove")
        _words("tag", key)
        found[key.strip()] = value and _storable("tag", value)
    return found


def _words(what: str, text: str | None) -> str | None:
    """Return a text that must say something; None where it was not given."""
    if text is None:
        return None
    if not text.strip():
        raise UsageFault.unreadable(what, text[:80], "some words")
    return _storable(what, text.strip())


def _storable(what: str, text: str) -> str:
    if len(text) > _LONGEST:
        raise UsageFault(
            f"The {what} has {len(text):,} letters; at most {_LONGEST:,} are kept.",
            "keep a long text in a file.",
        )
    # Half of a pair, which JSON can spell and no database keeps.
    return text.encode("utf-8", "replace").decode("utf-8")


def _expected() -> str:
    return 'expected for example {"tags": {"stage": "final"}, "note": "why", "star": true}.'
