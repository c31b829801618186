"""Digests of live objects: equal content, equal text.

Format ``ct1``: xxh3-128 over a canonical description. Dispatch is by exact
type; on unknown types nothing of the user's is called, generators and handles
are never read, and nothing raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from xxhash import xxh3_128_hexdigest

from celltrail.core import digest_types as types
from celltrail.core.digest_facts import PREFIX, Column, Digest, Limits, Unreadable
from celltrail.core.digest_memory import estimate_seconds, memory_spans
from celltrail.core.digest_objects import resolve
from celltrail.core.digest_summary import summarize
from celltrail.core.digest_walk import TABLE, Entry, Walk

__all__ = [
    "Column",
    "Digest",
    "Limits",
    "digest",
    "digest_report",
    "estimate_seconds",
    "memory_spans",
    "sample_digest",
]

if TYPE_CHECKING:
    from celltrail.core.digest_frames import FrameFacts

_DEFAULT = Limits()


def digest(obj: object) -> str | None:
    """The digest of all of an object's content, or None when it is not all known.

    Parameters
    ----------
    obj : object
        Anything; it is not changed.

    Returns
    -------
    str or None
        ``"ct1:"`` and 32 hex digits. Two objects with the same text have the
        same type and content.

    Examples
    --------
    >>> digest([1, 2]) == digest([1, 2])
    True
    >>> digest(1) == digest(1.0)
    False
    >>> digest(iter([1])) is None
    True
    """
    report = digest_report(obj)
    return report.value if report.scope == "full" else None


def digest_report(obj: object, *, limits: Limits | None = None) -> Digest:
    """The digest of an object with what it covers, and the reason when it is unknown.

    Parameters
    ----------
    obj : object
        Anything; it is not changed, and no code of its class runs.
    limits : Limits, optional
        Caps on what is read; the default is generous and has no time limit.

    Returns
    -------
    Digest
    """
    cls = type(obj)
    entry = TABLE.get(id(cls))
    if entry is not None and entry.plain is not None and limits is None:
        # Every cell leaves scalars behind: nothing that they do not need is made for them.
        fast = entry.plain(obj)
        if fast is not None:
            token, facts = fast
            value = PREFIX + xxh3_128_hexdigest(b"ct1;" + token)
            return Digest(value, entry.kind, entry.name, "full", len(token), facts, (), None, None)
    return _report(obj, limits or _DEFAULT, sampled=False)


def sample_digest(obj: object) -> Digest:
    """The digest of a fixed sample, in about a millisecond whatever the size.

    Sizes, types and evenly spaced rows or items with the first and the last
    are covered. It is comparable with another sample only.

    Parameters
    ----------
    obj : object
        Anything; it is not changed.

    Returns
    -------
    Digest
        With scope ``"sampled"``.
    """
    return _report(obj, _DEFAULT, sampled=True)


def _report(obj: object, limits: Limits, *, sampled: bool) -> Digest:
    cls = type(obj)
    walk = Walk(limits, resolve, sampled=sampled)
    entry: Entry | None = None
    try:
        entry = TABLE.get(id(cls)) or resolve(cls)
        token = walk.token(obj)
        scope, reason = "sampled" if sampled else "full", None
        # A sample of something small covers all of it and must not pass for a full digest.
        head = b"ct1 sample;" if sampled else b"ct1;"
        if walk.metadata_reason is not None:
            scope, reason = "metadata", walk.metadata_reason
        value = None if entry.kind == "figure" else PREFIX + xxh3_128_hexdigest(head + token)
        size = walk.size or len(token)
        if walk.facts is not None:
            return _frame_report(value, entry, cls, walk, size, reason)
        facts = summarize(obj, entry.kind)
        return Digest(
            value, entry.kind, types.short_name(cls), scope, size, facts, (), None, reason
        )
    except Unreadable as error:
        return _unknown(cls, entry, error.reason)
    except (Exception, RecursionError) as error:
        return _unknown(cls, entry, f"reading it failed: {type(error).__name__}")


def _unknown(cls: type, entry: Entry | None, reason: str) -> Digest:
    kind = entry.kind if entry is not None else "unknown"
    return Digest(None, kind, types.short_name(cls), "unknown", None, {}, (), None, reason)


def _frame_report(
    value: str | None, entry: Entry, cls: type, walk: Walk, size: int, reason: str | None
) -> Digest:
    facts = cast("FrameFacts", walk.facts)
    columns = tuple(Column(one.name, one.dtype, PREFIX + one.digest.hex()) for one in facts.columns)
    summary: dict[str, object] = {"shape": list(facts.shape)}
    if entry.kind == "series":
        summary["dtype"] = columns[0].dtype
    scope = "full" if reason is None else "metadata"
    schema = PREFIX + facts.schema.hex()
    return Digest(
        value, entry.kind, types.short_name(cls), scope, size, summary, columns, schema, reason
    )
