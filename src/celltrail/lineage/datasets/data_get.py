"""``celltrail data get`` and ``celltrail.get_data``: a snapshot, as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.report import Report
from celltrail.core.wording import counted
from celltrail.lineage.datasets.data_find import find_data
from celltrail.lineage.datasets.data_tables import as_table
from celltrail.store.content import is_file
from celltrail.store.database import LOCK_SECONDS, Connection, connect, faults
from celltrail.store.location import database_file
from celltrail.store.snapshots import Snapshot, find_snapshot, read_bytes, read_snapshot

_ENDINGS = (".parquet", ".csv", ".tsv", ".json", ".npy")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataGetReport(Report):
    """Which snapshot was written, and where.

    Attributes
    ----------
    snapshot : str
        ``name@version``.
    digest : str
    path : str
    size : int
        Bytes written.
    """

    kind: ClassVar[str] = "data get"

    snapshot: str
    digest: str
    path: str
    size: int


def get_data(store: Path, text: str, *, version: int | None = None) -> Any:
    """Return what a snapshot was taken of: a frame, Series, array, table, list or dict.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    text : str
        A name, ``name@version``, a digest, or what else stands for a kept content.
    version : int or None
        None means the newest.

    Returns
    -------
    object
        Of the type it was, with a digest that is checked; of a file, its bytes.

    Raises
    ------
    NotFound
        If there is no such snapshot, or its kept file is gone.
    UsageFault
        If its file is damaged, or its content was not kept.
    StoreMissing, StoreLocked, StoreReadOnly, StoreCorrupt, StoreTooNew
        As `connect`.
    """
    with (
        faults(database_file(store), LOCK_SECONDS["reader"]),
        closing(connect(store, role="reader")) as connection,
    ):
        return read_snapshot(store, _snapshot(connection, text, version))


def write_data(
    connection: Connection, text: str, to: Path, *, store: Path, is_forced: bool = False
) -> DataGetReport:
    """Write a snapshot into a file: Parquet, CSV, TSV, JSON or NPY by its ending.

    The file of a snapshot that was taken of a file is written as it was.

    Parameters
    ----------
    connection : Connection
    text : str
        As for `get_data`.
    to : Path
        The file; it has its content whole, or stays as it was.
    store : Path
    is_forced : bool
        Overwrite a file that is there.

    Raises
    ------
    NotFound
        As `get_data`, or if there is no such folder.
    UsageFault
        If the file is there already, or cannot hold this content.
    """
    snapshot = _snapshot(connection, text, None)
    if to.is_dir() or not to.parent.is_dir():
        raise NotFound(f"{to} is no file in a folder that is there.", "name a file to write.")
    if to.exists() and not is_forced:
        raise UsageFault(f"{to} is there already.", "name another file, or add `--force`.")
    temporary = to.with_name(f".{to.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        _write(store, snapshot, to, temporary)
        size = temporary.stat().st_size
        temporary.replace(to)
    except OSError as error:
        raise UsageFault(
            f"{to} could not be written ({error.strerror or error}).", "name another file."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return DataGetReport(
        summary=f"{snapshot.label} is written to {to} ({counted(size, 'byte')}).",
        snapshot=snapshot.label,
        digest=snapshot.digest,
        path=str(to),
        size=size,
    )


def _snapshot(connection: Connection, text: str, version: int | None) -> Snapshot:
    if version is not None:
        return find_snapshot(connection, text, version=version)
    found = find_data(connection, text)
    if found.snapshot is None:
        raise UsageFault(
            f"The content of {found.label} was not kept, only its digest and its columns.",
            "`%mlops snapshot NAME` keeps what a variable holds now.",
        )
    return found.snapshot


def _write(store: Path, snapshot: Snapshot, to: Path, file: Path) -> None:
    """Write into `file` what `to` shall hold."""
    ending = to.suffix.lower()
    if is_file(snapshot.format):
        kept = snapshot.format.removeprefix("file")
        if ending and kept and ending != kept:
            raise UsageFault(
                f"{snapshot.label} is a {kept} file, and is written as it was.",
                f"write it to a name that ends in {kept}.",
            )
        file.write_bytes(read_bytes(store, snapshot))
        return
    if ending not in _ENDINGS:
        raise UsageFault(
            f"Data is not written as {ending!r}." if ending else f"{to} has no ending.",
            f"end the file's name in {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}.",
        )
    found = read_snapshot(store, snapshot)
    if ending == ".npy":
        _write_array(snapshot, found, file)
        return
    table = as_table(found)
    if table is None or getattr(found, "ndim", 1) > 2:
        in_python = f"`celltrail.get_data({snapshot.label!r})` gives it back in Python."
        raise UsageFault(
            f"{snapshot.label} is a {snapshot.type} without rows, which a {ending} file needs.",
            "write it as .npy." if snapshot.kind == "array" else in_python,
        )
    writers: dict[str, Callable[[Any, Path], None]] = {
        ".parquet": lambda frame, path: frame.to_parquet(path),
        ".csv": lambda frame, path: frame.to_csv(path, index=_has_index(frame)),
        ".tsv": lambda frame, path: frame.to_csv(path, sep="\t", index=_has_index(frame)),
        ".json": lambda frame, path: frame.to_json(path, orient="records"),
    }
    if ending == ".parquet" and snapshot.kind == "array":
        table.columns = table.columns.astype(str)
    try:
        writers[ending](table, file)
    except (ValueError, TypeError, NotImplementedError, ImportError) as error:
        raise UsageFault(
            f"{snapshot.label} cannot be written as {ending} ({error}).",
            "try .csv; `celltrail.get_data` gives it back as it was.",
        ) from error


def _write_array(snapshot: Snapshot, found: Any, file: Path) -> None:
    import numpy as np

    if not isinstance(found, np.ndarray) or found.dtype.hasobject:
        raise UsageFault(
            f"{snapshot.label} is a {snapshot.type}; .npy holds plain arrays.",
            "write it as .parquet or .csv.",
        )
    with file.open("wb") as stream:
        np.save(stream, found, allow_pickle=False)


def _has_index(frame: Any) -> bool:
    return type(frame.index).__name__ != "RangeIndex" or frame.index.name is not None
