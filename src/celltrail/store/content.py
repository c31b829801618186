"""Data objects as bytes, and back: what a snapshot keeps.

What is written is read again at once, and kept only if its digest is that of the object:
a snapshot gives back what it was taken of, or there is none.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celltrail.core.digest import Digest, digest_report
from celltrail.core.errors import UsageFault
from celltrail.store.column_arrow import NotKept
from celltrail.store.frame_parquet import (
    decode_parquet,
    encode_frame,
    encode_objects,
    encode_series,
)
from celltrail.store.plain_values import NotPlain, from_text, to_text

# What a file's bytes are kept under: `file` and its ending (`file.csv`).
FILE_FORMAT = "file"
# A wide frame may lose many columns in the same way; the first ones say how.
_NAMED = 5

_PICKLE = "only a pickle would hold it, and reading a pickle runs what is in it"
_CODE = "it is code, which the trail keeps with the cell that ran it"
# By kind of object: why it is not kept, and what is possible.
_REFUSED = {
    "estimator": (
        _PICKLE,
        "write the model to a file (skops, joblib) and take a snapshot of that file.",
    ),
    "index": ("it is a part of a frame", "take a snapshot of `.to_frame()`."),
    "generator": (
        "its values can be read once, and that is for your code",
        "take a snapshot of a list of what it gives.",
    ),
    "handle": (
        "it is a way to a file, not the content",
        "take a snapshot of the file: `%mlops snapshot PATH --name NAME`.",
    ),
    "scalar": (
        "it is a single value",
        "single values are recorded as params and metrics (`celltrail.log_param`).",
    ),
    "function": (_CODE, "take a snapshot of what it returns."),
    "class": (_CODE, "take a snapshot of the data that it works on."),
    "module": (_CODE, "take a snapshot of the data in it."),
}
_WHAT_TO_DO_TYPES = {
    "polars.LazyFrame": "take a snapshot of `.collect()`.",
    "numpy.MaskedArray": "take a snapshot of `.filled(...)`, and of `.mask` beside it.",
    "numpy.matrix": "take a snapshot of `numpy.asarray(...)` of it.",
    "torch.Tensor": "take a snapshot of `.numpy()`.",
    "pyarrow.RecordBatch": "take a snapshot of `pyarrow.Table.from_batches([...])`.",
    "pyarrow.ChunkedArray": "take a snapshot of a `pyarrow.table` with it.",
    "set": "take a snapshot of `sorted(...)` of it.",
    "frozenset": "take a snapshot of `sorted(...)` of it.",
    "sklearn.Bunch": "take a snapshot of its `.frame`, or of `.data` and `.target`.",
}
_KEPT = (
    "write it to a file and take a snapshot of that, or one of the data in it: kept are pandas"
    " and polars frames and Series, NumPy arrays, Arrow tables, lists and dicts of plain values,"
    " and files."
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """An object as bytes.

    Attributes
    ----------
    data : bytes
    format : str
        What `decode` needs to know.
    notes : tuple of str
        What is not kept beside the content that the digest covers.
    """

    data: bytes
    format: str
    notes: tuple[str, ...] = ()


def encode(obj: object, report: Digest) -> Encoded:
    """Return an object as bytes that give back the same content.

    Parameters
    ----------
    obj : object
    report : Digest
        Of all of the object, as `digest_report` returns it.

    Raises
    ------
    UsageFault
        If it is no data, or holds what has no form here; the message says what and where.
    """
    found = _FORMATS.get(report.type)
    if found is None:
        raise _refused(report)
    if report.value is None or report.scope != "full":
        reason = report.reason or "not all of its content can be read"
        raise UsageFault(
            f"The content of this {report.type} cannot be known for sure ({reason}),"
            " so no snapshot could be checked.",
            "take a snapshot of the parts that are plain values.",
        )
    format_name, write = found
    if report.type == "numpy.ndarray" and obj.dtype.hasobject:  # type: ignore[attr-defined]
        format_name, write = "parquet", encode_objects
    if format_name in _NEED_ARROW:
        _need_arrow(report.type)
    try:
        data = write(obj)
    except NotKept as fault:
        raise _not_kept(report, str(fault)) from None
    except NotPlain as fault:
        raise UsageFault(
            f"This {report.type} cannot be kept: it holds {fault}.",
            "take a snapshot of each frame or array in it, and of the plain values that are left.",
        ) from None
    try:
        back = digest_report(decode(data, format_name))
    except (ValueError, TypeError, KeyError, OverflowError, ArithmeticError) as error:
        raise _not_kept(report, f"what cannot be read back ({error})") from error
    if back.value != report.value:
        raise _not_kept(report, _lost(report, back))
    return Encoded(data, format_name, _notes(obj))


def decode(data: bytes, format_name: str) -> Any:
    """Return the object behind bytes of `encode`; of a file, its bytes.

    Raises
    ------
    UsageFault
        If what reads the format is not installed.
    ValueError
        If the bytes are of no such format.
    """
    if is_file(format_name):
        return data
    if format_name in _NEED_ARROW:
        _need_arrow("frame")
    readers: dict[str, Callable[[bytes], Any]] = {
        "parquet": decode_parquet,
        "npy": _read_npy,
        "arrow": _read_arrow,
        "polars": _read_polars,
        "polars series": lambda some: _read_polars(some).to_series(),
        "json": lambda some: from_text(some.decode("ascii")),
    }
    if format_name not in readers:
        raise ValueError(f"the format {format_name!r} is none that this version knows")
    return readers[format_name](data)


def is_file(format_name: str) -> bool:
    """Return whether a format is that of a file kept as it was."""
    return format_name.partition(".")[0] == FILE_FORMAT


def _refused(report: Digest) -> UsageFault:
    reason, hint = _REFUSED.get(report.kind, (_PICKLE, _KEPT))
    if report.type in _WHAT_TO_DO_TYPES or report.type.startswith("scipy."):
        reason = "it has no form here that is sure to give it back"
        hint = _WHAT_TO_DO_TYPES.get(
            report.type, "write it with `scipy.sparse.save_npz` and take a snapshot of that file."
        )
    article = "An" if report.type[:1].lower() in "aeiou" else "A"
    names = {"handle": f"An open file ({report.type})", "class": "A class"}
    what = names.get(report.kind, f"{article} {report.type}")
    return UsageFault(f"{what} cannot be kept as a snapshot: {reason}.", hint)


def _not_kept(report: Digest, what: str) -> UsageFault:
    kept = f"A snapshot of this {report.type} would not give it back: {what}."
    if report.kind in ("frame", "series"):
        return UsageFault(
            kept,
            "convert that column (`astype(str)`, plain numbers or dates) or leave it out"
            " (`df.drop(columns=[...])`); nothing was written.",
        )
    return UsageFault(kept, f"nothing was written; {_KEPT}")


def _lost(before: Digest, after: Digest) -> str:
    """Return in words which part of the content did not come back."""
    pairs = zip(before.columns, after.columns, strict=False)
    lost = [f"{one.name!r} ({one.dtype})" for one, other in pairs if one.digest != other.digest]
    if lost:
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        many = "columns" if len(lost) > 1 else "column"
        return f"{many} {', '.join(lost[:_NAMED])}{more} came back changed"
    return "its index, its labels or its type came back changed"


def _notes(obj: Any) -> tuple[str, ...]:
    # The digest leaves `attrs` out, so checking the digest says nothing about them.
    attributes = getattr(obj, "attrs", None)
    if isinstance(attributes, dict) and attributes and not _is_table(obj):
        return (f"its attrs ({', '.join(map(str, attributes))}) are not kept",)
    return ()


def _is_table(obj: Any) -> bool:
    return type(obj).__module__.startswith(("pyarrow", "polars"))


def _need_arrow(what: str) -> None:
    try:
        import pyarrow as pa  # noqa: F401 - whether it is there
    except ImportError:
        raise UsageFault(
            f"A snapshot of a {what} is kept as Parquet, which needs pyarrow; it is not installed.",
            "`pip install celltrail[data]`; arrays of numbers and files need nothing.",
        ) from None


def _write_npy(array: Any) -> bytes:
    import numpy as np

    sink = io.BytesIO()
    try:
        np.save(sink, array, allow_pickle=False)
    except ValueError:
        raise NotKept(
            f"values of type {array.dtype} have no plain form (`.astype('U')` has, of text)"
        ) from None
    return sink.getvalue()


def _read_npy(data: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)


def _write_arrow(table: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    try:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_file(sink, table.schema, options=options) as file:
            file.write_table(table)
    except pa.ArrowException as error:
        raise NotKept(f"Arrow cannot write it ({error})") from None
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _read_arrow(data: bytes) -> Any:
    import pyarrow as pa

    try:
        with pa.ipc.open_file(data) as file:
            return file.read_all()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error


def _write_polars(frame: Any) -> bytes:
    import polars as pl

    sink = io.BytesIO()
    try:
        frame.write_ipc(sink, compression="zstd")
    except pl.exceptions.PolarsError as error:
        raise NotKept(f"polars cannot write it ({error})") from None
    return sink.getvalue()


def _read_polars(data: bytes) -> Any:
    import polars as pl

    return pl.read_ipc(io.BytesIO(data))


_FORMATS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "pandas.DataFrame": ("parquet", encode_frame),
    "pandas.Series": ("parquet", encode_series),
    "numpy.ndarray": ("npy", _write_npy),
    "pyarrow.Table": ("arrow", _write_arrow),
    "polars.DataFrame": ("polars", _write_polars),
    "polars.Series": ("polars series", lambda series: _write_polars(series.to_frame())),
    "list": ("json", lambda value: to_text(value).encode("ascii")),
    "dict": ("json", lambda value: to_text(value).encode("ascii")),
    "tuple": ("json", lambda value: to_text(value).encode("ascii")),
}
_NEED_ARROW = frozenset({"parquet", "arrow"})
