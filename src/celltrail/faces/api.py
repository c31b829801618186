"""The optional Python functions, under the names that MLflow and W&B users know.

In a kernel they write to the running cell; in a plain script to an execution of the
script's own. Nothing here is needed for recording, and nothing raises on repeat.
"""

from __future__ import annotations

import json
import math
import mimetypes
import numbers
import operator
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from celltrail.capture.recorder import Recorder, current, ensure_script
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.records import RunRecord

if TYPE_CHECKING:
    import pandas as pd

MAX_RESULTS = 1_000


class ActiveRun:
    """An open run; leaving its ``with`` block ends it, with status ``error`` on an exception.

    Attributes
    ----------
    id, name : str
        Its identifier and its name (None if it has none).
    """

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self.id = record.id
        self.name = record.name

    @property
    def tags(self) -> dict[str, str]:
        """The tags it was started with."""
        return dict(self._record.tags)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        recorder = _recorder()
        # Ended already by `end_run` in the block: nothing is left to do.
        if any(run.id == self.id for run in _open_runs(recorder)):
            while (run := recorder.active_run) is not None:
                recorder.end_run("ok" if kind is None else "error")
                if run.id == self.id:
                    break

    def __repr__(self) -> str:
        return f"<celltrail run {self.name or self.id}>"


def start_run(
    name: str | None = None,
    *,
    run_id: str | None = None,
    nested: bool = False,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> ActiveRun:
    """Open a run; the running cell and those after it belong to it until it ends.

    Parameters
    ----------
    name : str or None
    run_id : str or None
        Go on with a run of this identifier (32 hexadecimal digits).
    nested : bool
        Keep the run that is open as its parent; else that one is ended first.
    tags, params : mapping or None
        Params are plain values: numbers, text, bool, None, lists and dicts of these.

    Returns
    -------
    ActiveRun
        Use it as ``with celltrail.start_run(name="base"): …`` or call `end_run`.

    Raises
    ------
    UsageFault
        If `run_id` is no identifier, or a param is no plain value.
    """
    if run_id is not None:
        run_id = run_id.replace("-", "").lower()
        if len(run_id) != 32 or not set(run_id) <= set("0123456789abcdef"):
            raise UsageFault.unreadable("run_id", run_id, "32 hexadecimal digits")
    recorder = _recorder()
    return ActiveRun(
        recorder.start_run(
            _text("name", name) if name is not None else None,
            run_id=run_id,
            nested=nested,
            tags={str(key): str(value) for key, value in (tags or {}).items()},
            params={_text("name", k): _plain(k, v) for k, v in (params or {}).items()},
        )
    )


def end_run(status: str = "ok") -> None:
    """End the innermost run; nothing happens when none is open.

    Parameters
    ----------
    status : str
        ``ok`` or ``error``; MLflow's ``FINISHED`` and ``FAILED`` are understood.
    """
    words = {"finished": "ok", "failed": "error", "killed": "interrupted"}
    _recorder().end_run(words.get(status.lower(), status.lower()))


def active_run() -> ActiveRun | None:
    """Return the innermost run that is open; None when there is none."""
    recorder = current()
    record = None if recorder is None else recorder.active_run
    return None if record is None else ActiveRun(record)


def log_param(key: str, value: Any) -> Any:
    """Declare a param and return its value.

    Raises
    ------
    UsageFault
        If the value is not plain: a number, text, bool, None, or lists and dicts of these.
    """
    plain = _plain(key, value)
    _recorder().log_param(_text("name", key), plain)
    return value


def log_params(params: Mapping[str, Any]) -> None:
    """Declare several params.

    Raises
    ------
    UsageFault
        As `log_param`; nothing is logged then.
    """
    checked = {_text("name", key): _plain(key, value) for key, value in params.items()}
    recorder = _recorder()
    for key, value in checked.items():
        recorder.log_param(key, value)


def log_metric(key: str, value: Any, step: int | None = None) -> None:
    """Declare a metric.

    Parameters
    ----------
    key : str
    value : number
        NaN and infinities are kept as they are.
    step : int or None
        Its place in a series; a result shows the last one.

    Raises
    ------
    TypeError
        If the value is no real number, or the step no integer.
    """
    _recorder().log_metric(_text("name", key), _real(key, value), _step(step))


def log_metrics(metrics: Mapping[str, Any], step: int | None = None) -> None:
    """Declare several metrics of one step.

    Raises
    ------
    TypeError
        As `log_metric`; nothing is logged then.
    """
    checked = {_text("name", key): _real(key, value) for key, value in metrics.items()}
    place = _step(step)
    recorder = _recorder()
    for key, value in checked.items():
        recorder.log_metric(key, value, place)


def log(values: Mapping[str, Any], step: int | None = None) -> None:
    """Declare what a dict holds, as W&B's ``log``: numbers are metrics, the rest params.

    A dict inside it is flattened: ``{"val": {"auc": 0.9}}`` is the metric ``val.auc``.

    Raises
    ------
    TypeError, UsageFault
        As `log_metric` and `log_param`; nothing is logged then.
    """
    metrics: dict[str, float] = {}
    params: dict[str, Any] = {}
    for key, value in _flat(values):
        if _is_number(value):
            metrics[key] = _real(key, value)
        else:
            params[key] = _plain(key, value)
    log_metrics(metrics, step)
    log_params(params)


def log_artifact(path: str | os.PathLike[str], name: str | None = None) -> None:
    """Keep a copy of a file in the store, beside the running execution.

    Parameters
    ----------
    path : path-like
        A file; of a folder every file in it is kept.
    name : str or None
        Its name in the store; None means the file's own.

    Raises
    ------
    NotFound
        If there is no such file.
    """
    source = Path(path)
    recorder = _recorder()
    if source.is_dir():
        for file in sorted(file for file in source.rglob("*") if file.is_file()):
            inner = f"{name or source.name}/{file.relative_to(source).as_posix()}"
            recorder.log_artifact(inner, file.read_bytes(), _mime(file))
        return
    if not source.is_file():
        folder = source.parent
        near = [file.name for file in folder.iterdir()] if folder.is_dir() else []
        raise NotFound.named("file", str(source), near)
    recorder.log_artifact(name or source.name, source.read_bytes(), _mime(source))


def log_dict(document: Any, name: str) -> None:
    """Keep a dict or list as a JSON document.

    Raises
    ------
    UsageFault
        If it holds what JSON cannot.
    """
    plain = _plain(name, document)
    from celltrail.core.records import encode_value

    text = json.dumps(encode_value(plain), indent=2, ensure_ascii=False)
    _recorder().log_artifact(_text("name", name), text.encode(), "application/json")


def log_text(text: str, name: str) -> None:
    """Keep a text as a document."""
    mime = mimetypes.guess_type(name)[0] or "text/plain"
    data = str(text).encode("utf-8", "replace")
    _recorder().log_artifact(_text("name", name), data, mime)


def log_input(obj: Any, name: str) -> None:
    """Declare that the running cell used a content, where no observer can see it.

    Parameters
    ----------
    obj : object
        A frame, array, path or anything that `digest` takes.
    name : str
        What to call it.
    """
    _recorder().log_input(obj, _text("name", name))


def set_tag(key: str, value: Any) -> None:
    """Label the running execution."""
    _recorder().set_tag(_text("name", key), str(value))


def set_tags(tags: Mapping[str, Any]) -> None:
    """Label the running execution several times."""
    for key, value in tags.items():
        set_tag(key, value)


def search_results(
    filter_string: str = "",
    order_by: Sequence[str] | str | None = None,
    max_results: int = MAX_RESULTS,
) -> pd.DataFrame:
    """Return results as a frame, newest first.

    Parameters
    ----------
    filter_string : str
        MLflow's filter language and more: ``metrics.auc > 0.9 AND (params.C = 1 OR
        tags.stage = 'final')``.
    order_by : sequence of str or None
        Such as ``["metrics.auc DESC"]``.
    max_results : int
        Rows at most.

    Returns
    -------
    pandas.DataFrame
        ``result_id, notebook, cell, started_at, status, run`` and a column for each
        ``metrics.NAME``, ``params.NAME`` and ``tags.NAME``; missing values where a result
        has none. Empty, with the first columns, where there is no store.

    Raises
    ------
    UsageFault
        If the filter or the order cannot be read.
    """
    from celltrail.capabilities.shapes import result_record
    from celltrail.store.database import connect
    from celltrail.store.trail import list_results

    store = _store()
    records: list[dict[str, Any]] = []
    if (store / "trail.db").exists():
        connection = connect(store, role="reader")
        try:
            cursor = None
            while len(records) < max_results:
                page = list_results(
                    connection,
                    where=filter_string,
                    order_by=order_by or (),
                    limit=min(MAX_RESULTS, max_results - len(records)),
                    cursor=cursor,
                )
                records.extend(result_record(row) for row in page.rows)
                cursor = page.cursor
                if cursor is None:
                    break
        finally:
            connection.close()
    return records_frame(records)


def get_data(
    name: str, version: int | None = None, *, project: str | os.PathLike[str] | None = None
) -> Any:
    """Return what a snapshot was taken of, as it was then.

    Parameters
    ----------
    name : str
        Of the snapshot; ``name@version`` and ``ct1:`` with first digits work as well.
    version : int or None
        None means the newest.
    project : path or None
        Another project's folder; None means the one that this code runs in.

    Returns
    -------
    object
        A frame, Series, array, table, list, dict or tuple, of the type it was, its digest
        checked; of a snapshot of a file, the file's bytes.

    Raises
    ------
    NotFound
        If nothing is called so (the hint has near matches), there is no such version or no
        such folder, or the kept file is gone.
    UsageFault
        If the kept file is damaged, the content is known and was not kept, or the version
        is no number.
    StoreMissing, StoreLocked, StoreReadOnly, StoreCorrupt, StoreTooNew
        If the store cannot be read.

    See Also
    --------
    search_results
    """
    from celltrail.lineage.datasets import data_get

    store = _store() if project is None else _store_of(Path(project).expanduser())
    wanted = None if version is None else _version(version)
    return data_get.get_data(store, _text("name", name), version=wanted)


def records_frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return flat records of results as a frame; columns grouped metrics, params, tags."""
    import pandas as pd

    first = ["result_id", "notebook", "cell", "started_at", "status", "run"]
    found = dict.fromkeys(key for record in records for key in record)
    rest = [key for key in found if key not in first]
    spaces = ("metrics.", "params.", "tags.")
    known = first if not records or "result_id" in found else []
    columns = [*known, *(key for space in spaces for key in rest if key.startswith(space))]
    columns += [key for key in found if key not in columns]
    frame = pd.DataFrame([[record.get(c) for c in columns] for record in records], columns=columns)
    if "started_at" in columns:
        frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True, format="ISO8601")
    return frame


def _recorder() -> Recorder:
    return current() or ensure_script()


def _open_runs(recorder: Any) -> list[RunRecord]:
    return list(recorder.runs)


def _store() -> Path:
    from celltrail.store.location import find_store

    recorder = current()
    return find_store(Path.cwd(), os.environ) if recorder is None else recorder.store


def _store_of(project: Path) -> Path:
    from celltrail.store.location import find_store

    if not project.is_dir():
        raise NotFound(f"There is no folder {project}.", "name the folder of a project.")
    return find_store(project, {})  # CELLTRAIL_STORE names this process's own project


def _version(version: Any) -> int:
    try:
        return operator.index(version)
    except TypeError:
        raise UsageFault.unreadable("version", _short(version), "a whole number") from None


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"the {what} is {value!r}; a text was expected")
    return value


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, numbers.Real):
        return True
    # NumPy scalars, arrays of one element without dimensions, and tensors of one number.
    return getattr(value, "ndim", None) == 0 and hasattr(value, "__float__")


def _real(name: Any, value: Any) -> float:
    if not _is_number(value):
        raise TypeError(
            f"the metric {name!r} is a {type(value).__name__} ({_short(value)});"
            " a number was expected"
        )
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        raise TypeError(
            f"the metric {name!r} is {_short(value)}; a real number was expected"
        ) from None


def _step(step: Any) -> int | None:
    if step is None:
        return None
    if isinstance(step, bool) or not hasattr(step, "__index__"):
        raise TypeError(f"the step is {_short(step)}; a whole number was expected")
    return int(step.__index__())


def _plain(name: Any, value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if depth < 8:
        if isinstance(value, (list, tuple)):
            return [_plain(name, item, depth + 1) for item in value]
        if isinstance(value, Mapping):
            return {str(key): _plain(name, item, depth + 1) for key, item in value.items()}
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # a NumPy scalar
            return _plain(name, value.item(), 8)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise UsageFault(
        f"The value of {name!r} is a {type(value).__name__} ({_short(value)});"
        " a number, text, bool, None, or lists and dicts of these were expected.",
        "log_input(obj, name) declares data, log_artifact a file.",
    )


def _flat(values: Mapping[str, Any], prefix: str = "", depth: int = 0) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and depth < 8:
            found.extend(_flat(value, f"{name}.", depth + 1))
        else:
            found.append((name, value))
    return found


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - any object may be given, and its repr may raise
        text = "which has no text"
    return text if len(text) <= 60 else text[:59] + "…"


def _mime(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
