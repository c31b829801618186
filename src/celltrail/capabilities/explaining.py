"""Questions about results: why one differs from another, what differs among some, what leaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from celltrail.capabilities.capability import REST, Place, reading

if TYPE_CHECKING:
    from celltrail.lineage.changes.compare_report import CompareReport
    from celltrail.lineage.changes.why_report import WhyReport
    from celltrail.lineage.leakage.leaks import CheckReport


def why(place: Place, *, ids: Sequence[str] = ()) -> WhyReport:
    """Why a result is not what an earlier one was: what differs, ranked."""
    from celltrail.core.errors import UsageFault
    from celltrail.lineage.changes import why as reasons
    from celltrail.store.trail import find_result

    if len(ids) > 2:
        raise UsageFault(
            f"why was given {len(ids)} results; at most two are expected.",
            f"`compare {' '.join(ids)}` shows what differs among several.",
        )
    with reading(place) as connection:
        newer = find_result(connection, ids[-1] if ids else "latest")
        if len(ids) == 2:
            older = find_result(connection, ids[0])
        else:
            older = reasons.previous_result(connection, newer)
        return reasons.why(
            connection,
            older,
            newer,
            store=place.store,
            redact=place.safe_cell,
            reads_rows=place.face != REST,  # a server loads no data of its users
        )


def compare(place: Place, *, ids: Sequence[str] = ()) -> CompareReport:
    """What differs among results: metrics, params, code, data, environment."""
    from celltrail.lineage.changes import compare as comparing
    from celltrail.lineage.changes.why import previous_result
    from celltrail.store.trail import find_result

    with reading(place) as connection:
        found = [find_result(connection, text) for text in ids]
        if not found:
            newest = find_result(connection, "latest")
            found = [previous_result(connection, newest), newest]
        return comparing.compare(connection, found, store=place.store)


def check(place: Place, *, id: str | None = None) -> CheckReport:  # noqa: A002
    """Leaks and reuse in what a result came from, or in the newest session."""
    from celltrail.lineage.leakage import leaks
    from celltrail.store.trail import find_result

    with reading(place) as connection:
        result = None if id is None else find_result(connection, id)
        return leaks.check(connection, result=result)
