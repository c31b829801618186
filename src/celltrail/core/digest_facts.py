"""What a digest says: the frozen records that capture stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

PREFIX = "ct1:"


@dataclass(frozen=True, slots=True)
class Column:
    """The digest of one column of a frame, its name left out.

    Parameters
    ----------
    name : str
        Text of the label.
    dtype : str
        Exact type, with unit and time zone.
    digest : str
        ``"ct1:"`` and 32 hex digits over type and values: a renamed column
        keeps it.
    """

    name: str
    dtype: str
    digest: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What is known about the content of one object.

    Parameters
    ----------
    value : str or None
        ``"ct1:"`` and 32 hex digits (xxh3-128), None when unknown.
    kind : str
        One of scalar, text, bytes, container, array, series, index, frame,
        estimator, function, class, module, figure, generator, handle, object,
        unknown.
    type : str
        Short type name, such as ``"pandas.DataFrame"``.
    scope : str
        ``"full"``, ``"sampled"``, ``"metadata"`` or ``"unknown"``. Only two
        full values may be called identical.
    size : int or None
        Bytes of content covered.
    summary : dict of str to object
        Small facts for reading, all of them JSON: shape, length, text of a
        scalar.
    columns : tuple of Column
        For frames, in order.
    schema : str or None
        For frames: digest of names, types and index type.
    reason : str or None
        Why the value is None or the scope is not full.
    """

    value: str | None
    kind: str
    type: str
    scope: str
    size: int | None
    summary: dict[str, object] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    schema: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an object may be read before its digest is given up.

    Parameters
    ----------
    max_depth : int
        Containers inside containers. Python's own stack is the reason.
    max_nodes : int
        Objects visited one at a time; cells of numeric columns do not count.
    max_bytes : int
        Bytes of array and text content.
    clock : callable or None
        Gives the time in seconds; None means that time is not limited.
    deadline : float or None
        Reading of `clock` after which the digest is given up.
    """

    max_depth: int = 100
    max_nodes: int = 10_000_000
    max_bytes: int = 1 << 42
    clock: Callable[[], float] | None = None
    deadline: float | None = None


class Unreadable(Exception):
    """The content cannot be known; the message says why.

    Parameters
    ----------
    reason : str
        For the reader, without values of the user's.
    kind : str
        Kind of the object that stopped the reading.
    """

    def __init__(self, reason: str, kind: str = "unknown") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
