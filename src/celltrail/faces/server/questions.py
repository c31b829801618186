"""Quick readings of the table: asked with its own parameters, answered with its reports."""

from __future__ import annotations

import json
from typing import Any, TypedDict, cast

from celltrail.capabilities.capability import REST, Capability, figure
from celltrail.capabilities.rerunning import stale as stale_report
from celltrail.capabilities.rerunning import stale_in_page
from celltrail.capabilities.table import TABLE
from celltrail.capabilities.wording import clock
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.report import Report, encode_part
from celltrail.faces.options import options_of, parse
from celltrail.faces.server.asked import Asked, own_query
from celltrail.faces.server.wire import Part, ReadingReply, StaleReply


class Shown(TypedDict):
    """A report for programs, for people, and drawn."""

    report: dict[str, Any]
    parts: list[Part]
    figure: dict[str, Any] | None
    no_figure: str | None


def reading_reply(asked: Asked) -> ReadingReply:
    """Return what a quick reading answers.

    Raises
    ------
    NotFound
        If there is no reading of that name, or the server leaves it to a cell.
    UsageFault
        As on the command line.
    """
    capability = _quick_reading(asked.subject)
    options = parse(capability, _words(capability, asked), REST)
    assert options is not None  # no word of a query asks for help
    options.pop("help")
    found = capability.run(asked.place, **options)
    return cast("ReadingReply", {"capability": capability.name, **shown(capability, found)})


def stale(asked: Asked) -> StaleReply:
    """Return the states of a notebook's cells: as saved, or as they stand in an open page."""
    if asked.notebook is None:
        raise UsageFault("No notebook was named.", "add notebook=PATH.")
    given = asked.query.get("cells")
    if given is None:
        found = stale_report(asked.place, notebook=asked.notebook)
    else:
        cells = [cell for cell in given[-1].split(",") if cell]
        found = stale_in_page(asked.place, notebook=asked.notebook, cells=cells)
    return cast("StaleReply", found.document())


def shown(capability: Capability, report: Report) -> Shown:
    """Return a report as replies hold it, its figure drawn now."""
    drawn = None
    if capability.draw is not None:
        drawn = json.loads(figure(capability, report).to_json())
    return Shown(
        report=report.document(),
        parts=cast("list[Part]", [encode_part(part) for part in report.parts(clock())]),
        figure=drawn,
        no_figure=None if capability.draw is not None else capability.no_figure,
    )


def _quick_reading(name: str) -> Capability:
    quick = {row.name: row for row in TABLE if row.is_quick_reading}
    if name in quick:
        return quick[name]
    if any(row.name == name for row in TABLE):
        raise NotFound(
            f"The server does not answer {name}: it changes something, takes long or reads data.",
            f"run it in a cell: %mlops {name}",
        )
    raise NotFound.named("reading", name, quick)


def _words(capability: Capability, asked: Asked) -> list[str]:
    """Return the query as the words of a command line."""
    known = {option.name: option for option in options_of(capability, REST)}
    given = own_query(asked.query, known, capability.name)
    options: list[str] = []
    places: list[str] = []
    for name, option in known.items():
        values = given.get(name, ())
        if option.completes == "notebooks":
            values = () if asked.notebook is None else (asked.notebook,)
        if not option.flags[0].startswith("-"):
            places.extend(values)
        elif option.kind == "flag":
            options.extend(option.flags[:1] if name in given and asked.is_set(name) else ())
        else:
            options.extend(f"{option.flags[0]}={value}" for value in values)
    return [*options, "--", *places] if places else options
