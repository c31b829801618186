"""The corpus of `tests/notebooks`: cells as people write them, and the lineage expected by hand.

Each ``NN_name.py`` holds percent cells (``# %% cell_id tags=a,b``; magics as in a notebook) and is
never run as Python; ``NN_name.toml`` beside it says what a careful reader expects of every executed
cell. `load` reads both, `record` runs the cells in a real kernel, `read_traces` reads what the
store holds, and `differences` compares. Expectations follow the rules, never what capture prints.

How edges are written
---------------------
``used``: ``"name<-cell"``, ``"name<-cell#2"`` for the cell's second execution, ``"name<-"`` for
what no recorded execution made. ``generated``: ``"name"`` (created, rebound, written), ``"name*"``
(changed in place). Metrics of the steps of a loop are a list. The text ``"<None>"`` is None,
``"*"`` is any value, and ``{each = [1, 2]}`` stands for one name in several rows of a cell.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import sqlite3
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from celltrail.core.records import decode_value
from celltrail.store.location import database_file

FOLDER = Path(__file__).parent / "notebooks"
ANY = "*"
NONE = "<None>"

_HEADER = re.compile(r"^# %% (?P<label>[\w#-]+)(?: +tags=(?P<tags>\S+))? *$")
# What differs between two runs of the same code whoever watches: addresses, clocks, the
# process number in the name of a cell's file.
_VOLATILE = (
    # scikit-learn's pages cut long texts in the middle: `<sklearn.tree...x7f4ba6f1a330>`.
    (re.compile(r"\b0?x[0-9a-f]{6,}|(?<=\.\.\.)[0-9a-fx]{4,}(?=&gt;)"), "0x…"),
    (re.compile(r"ipykernel_\d+"), "ipykernel_…"),
    (re.compile(r"^(CPU times|Wall time): .*$", re.MULTILINE), r"\1: …"),
    (re.compile(r"^.* per loop \(mean ± std\. dev\. of .*$", re.MULTILINE), "… per loop"),
    (re.compile(r"^.* ± .* per loop.*$", re.MULTILINE), "… per loop"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    id: str
    source: str
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Trace:
    """What one execution did: as expected by hand, or as found in a store."""

    used: set[str] = field(default_factory=set)
    generated: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    steps: Any = 0  # "any": not asserted
    step_params: list[dict[str, Any]] | None = None  # None: not asserted
    unseeded: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    status: str = "ok"
    recorded: bool = True


@dataclass(slots=True)
class Result:
    """A row of the results table."""

    cell: str
    params: dict[str, Any]
    metrics: dict[str, Any]
    step: int | None = None


@dataclass(slots=True)
class Notebook:
    name: str
    about: str
    decoys: list[str]
    cells: dict[str, Cell]  # by label; "a#2" where the source changed before the second run
    order: list[str]  # labels of the executions
    files: dict[str, str]
    expected: dict[str, Trace]
    results: list[Result] | None

    def source(self, label: str) -> Cell:
        """The cell behind an execution."""
        if label in self.cells:
            return self.cells[label]
        name, _, number = label.partition("#")
        earlier = [f"{name}#{n}" for n in range(int(number) - 1, 1, -1)]
        return next(self.cells[known] for known in [*earlier, name] if known in self.cells)

    def is_decoy(self, decoy: str, label: str, name: str) -> bool:
        """Whether this edge of execution `label` is the one the decoy forbids."""
        cell, _, rest = decoy.partition(":")
        if cell in self.expected:
            return cell == label and rest == name
        return decoy == name


def names() -> list[str]:
    """The notebooks of the corpus, in order."""
    return sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))


def load(name: str) -> Notebook:
    """Return one notebook and what is expected of it."""
    with (FOLDER / f"{name}.toml").open("rb") as stream:
        document = tomllib.load(stream)
    cells = _cells((FOLDER / f"{name}.py").read_text("utf-8"))
    order = _labels(document.pop("order", [label for label in cells if "#" not in label]))
    expected = {label: _trace(label, entry) for label, entry in document.pop("cells").items()}
    _use_what_changed(order, expected)
    unknown = expected.keys() ^ set(order)
    if unknown:
        raise ValueError(f"{name}: these are executed or expected, not both: {sorted(unknown)}")
    results = document.pop("results", None)
    decoy = document.pop("decoy")
    notebook = Notebook(
        name=name,
        about=document.pop("about"),
        decoys=[decoy] if isinstance(decoy, str) else decoy,
        cells=cells,
        order=order,
        files=document.pop("files", {}),
        expected=expected,
        results=None if results is None else [Result(**_plain(row)) for row in results],
    )
    if document:
        raise ValueError(f"{name}: unknown keys {sorted(document)}")
    return notebook


def _use_what_changed(order: list[str], expected: Mapping[str, Trace]) -> None:
    """Add the use of its old content for every name that changed in place.

    A name that changes through another one (``b`` when ``a.append(1)`` and ``b is a``) is no
    read of the code, but without this edge the cell that bound ``b`` would drop out of what a
    later use of ``b`` depends on. Written once here instead of beside every ``name*``.
    """
    made: dict[str, str] = {}
    for label in order:
        trace = expected.get(label)
        if trace is None:
            continue
        for name in (entry.removesuffix("*") for entry in trace.generated if entry.endswith("*")):
            if ":" not in name and not any(edge.startswith(f"{name}<-") for edge in trace.used):
                trace.used.add(f"{name}<-{made.get(name, '')}")
        made |= {entry.removesuffix("*"): label for entry in trace.generated}


def _cells(text: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    label, tags, lines = "", (), list[str]()
    for line in [*text.splitlines(), "# %% end"]:
        header = _HEADER.match(line)
        if header is None:
            lines.append(line)
            continue
        if label:
            cells[label] = Cell(label.partition("#")[0], "\n".join(lines).strip("\n"), tags)
        label, tags = (
            header["label"],
            tuple((header["tags"] or "").split(",")) if header["tags"] else (),
        )
        if label in cells:
            raise ValueError(f"cell {label} stands twice")
        lines = []
    return cells


def _labels(order: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    labels = []
    for name in order:
        seen[name] += 1
        labels.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return labels


def _trace(label: str, entry: Mapping[str, Any]) -> Trace:
    known = {item.name: item.type for item in fields(Trace)}
    if entry.keys() - known.keys():
        raise ValueError(f"{label}: unknown keys {sorted(entry.keys() - known.keys())}")
    values = _plain(entry)
    for name, value in values.items():
        if "set[" in str(known[name]):
            values[name] = set(value)
            if len(value) != len(values[name]):
                raise ValueError(f"{label}: {name} repeats a member")
    return Trace(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value == NONE else value


# --- running ------------------------------------------------------------------------------


def record(notebook: Notebook, folder: Path) -> tuple[list[str], Path]:
    """Run the notebook with recording on and off, in two kernels at the same time.

    Returns
    -------
    tuple of list of str and Path
        How the outputs differ (nothing, if all is well), and the store's folder.
    """
    if any("matplotlib" in cell.source for cell in notebook.cells.values()):
        import matplotlib.font_manager  # noqa: F401 (its first import on a machine starts fc-list)
    store = folder / "store"
    for place in ("on", "off"):
        (folder / place).mkdir()
        for name, text in notebook.files.items():
            (folder / place / name).write_text(text, "utf-8")
    on, off = asyncio.run(_record_both(notebook, folder, store))
    found = []
    for label, with_recording, without in zip(notebook.order, on, off, strict=True):
        if with_recording != without:
            found.append(f"{label}: output differs\n{_first_difference(with_recording, without)}")
    if (folder / "off-store").exists():
        found.append("CELLTRAIL=off made a store")
    return found, store


async def _record_both(
    notebook: Notebook, folder: Path, store: Path
) -> tuple[list[Any], list[Any]]:
    return tuple(
        await asyncio.gather(
            _run(notebook, folder / "on", {"CELLTRAIL": "on", "CELLTRAIL_STORE": str(store)}),
            _run(
                notebook,
                folder / "off",
                {"CELLTRAIL": "off", "CELLTRAIL_STORE": str(folder / "off-store")},
            ),
        )
    )


async def _run(notebook: Notebook, folder: Path, environment: dict[str, str]) -> list[Any]:
    document = nbformat.v4.new_notebook()
    for label in notebook.order:
        cell = nbformat.v4.new_code_cell(notebook.source(label).source)
        cell["id"] = label.replace("#", "-")
        document.cells.append(cell)
    # Exact, unless asked otherwise: asserted are the rules, not what a loaded machine can afford.
    variables = (
        {"CELLTRAIL_EXACT": "on"}
        | os.environ
        | {
            "IPYTHONDIR": str(folder.parent / f"ipython-{folder.name}"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            **environment,
        }
    )
    with (
        # A socket's path may have about 100 characters; pytest's folders are longer.
        tempfile.TemporaryDirectory(prefix="ct") as sockets,
        (folder.parent / f"kernel-{folder.name}.log").open("w") as log,
    ):
        client = NotebookClient(
            document,
            # Files, because ports are taken in a race when many kernels start at once.
            km=AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/k"),
            allow_errors=True,
            coalesce_streams=True,
            timeout=120,
            resources={"metadata": {"path": str(folder)}},
        )
        # The manager was given, so nbclient must be told to end what it started.
        async with client.async_setup_kernel(
            env=variables, stdout=log, stderr=log, cleanup_kc=True
        ):
            return [
                await _execute(client, position, notebook.source(label))
                for position, label in enumerate(notebook.order)
            ]


async def _execute(client: NotebookClient, position: int, cell: Cell) -> Any:
    with _identity(client.kc.session, cell):
        done = await client.async_execute_cell(client.nb.cells[position], position)
    return _normalised(done.outputs)


@contextmanager
def _identity(session: Any, cell: Cell) -> Iterator[None]:
    """Send the cell's id and tags along, as JupyterLab does."""
    make_message = session.msg

    def with_identity(kind: str, *message: Any, **parts: Any) -> Any:
        made = make_message(kind, *message, **parts)
        if kind == "execute_request":
            made["metadata"].update({"cellId": cell.id, "tags": list(cell.tags)})
        return made

    session.msg = with_identity
    try:
        yield
    finally:
        del session.msg


def _normalised(outputs: list[Any]) -> Any:
    # Which of two streams came first is a race between threads of the kernel, so they stand apart.
    streams: dict[str, str] = defaultdict(str)
    others = []
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] += output["text"]
        else:
            others.append(output)
    text = json.dumps([streams, others], ensure_ascii=False, sort_keys=True, default=str)
    plain = json.loads(text)
    return _without_volatile(plain)


def _without_volatile(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, replacement in _VOLATILE:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {key: _without_volatile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_volatile(item) for item in value]
    return value


def _first_difference(one: Any, other: Any) -> str:
    texts = [json.dumps(value, ensure_ascii=False) for value in (one, other)]
    pairs = zip(*texts, strict=False)
    start = next((n for n, (one, other) in enumerate(pairs) if one != other), min(map(len, texts)))
    start = max(0, start - 100)
    on, off = (text[start : start + 400] for text in texts)
    return f"    recording on:  …{on}\n    recording off: …{off}"


# --- reading the store --------------------------------------------------------------------


@dataclass(slots=True)
class Trail:
    """What a store holds, in the words of the expectations."""

    order: list[str]
    traces: dict[str, Trace]
    results: list[Result]
    problems: list[str]


def read_trail(store: Path) -> Trail:
    """Return what the store of one session holds, read with plain SQL."""
    file = database_file(store)
    if not file.exists():
        return Trail([], {}, [], [f"there is no store at {file}"])
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return _read(connection)


def _read(connection: sqlite3.Connection) -> Trail:
    rows = connection.execute(
        "SELECT execution.*, cell.name AS cell FROM execution"
        " LEFT JOIN cell ON cell.id = execution.cell_id"
        " ORDER BY execution.started_at, execution.id"
    ).fetchall()
    labels = dict(zip([r["id"] for r in rows], _labels(str(r["cell"]) for r in rows), strict=True))
    traces = {labels[row["id"]]: _found(connection, row, labels) for row in rows}
    results = [
        Result(
            cell=labels[row["execution_id"]],
            step=None if row["step"] < 0 else row["step"],
            params={
                name: decode_value(json.loads(value))
                for name, value in connection.execute(
                    "SELECT name, value FROM result_param WHERE result_id = ?", (row["id"],)
                )
            },
            metrics={
                name: _number(kind, value)
                for name, kind, value in connection.execute(
                    "SELECT name, kind, value FROM result_metric WHERE result_id = ?", (row["id"],)
                )
            },
        )
        for row in connection.execute("SELECT * FROM result ORDER BY id").fetchall()
    ]
    problems = [
        f"{row['place']}: {row['message']}" for row in connection.execute("SELECT * FROM problem")
    ]
    return Trail(list(labels.values()), traces, results, problems)


def _found(connection: sqlite3.Connection, row: sqlite3.Row, labels: Mapping[int, str]) -> Trace:
    def rows(sql: str) -> list[sqlite3.Row]:
        return connection.execute(sql, (row["id"],)).fetchall()

    stars = {"mutated": "*"}
    generated = set()
    for name, change in rows("SELECT name, change FROM generated WHERE execution_id = ?"):
        ambient = name.startswith(("ambient:", "environ:"))
        generated.add(name + ("*" if ambient else stars.get(change, "")))
    common, by_step = _params(rows("SELECT * FROM param WHERE execution_id = ? ORDER BY id"))
    return Trace(
        used={
            f"{name}<-{labels.get(source, '')}"
            for name, source in rows("SELECT name, source_id FROM used WHERE execution_id = ?")
        },
        generated=generated,
        deleted={name for (name,) in rows("SELECT name FROM invalidated WHERE execution_id = ?")},
        params=common,
        metrics=_metrics(
            rows(
                "SELECT * FROM metric WHERE execution_id = ? AND NOT is_value"
                " ORDER BY coalesce(step, -1), id"
            )
        ),
        steps=len(rows("SELECT n FROM step WHERE execution_id = ?")),
        step_params=by_step,
        unseeded=_words(row["unseeded"]),
        opaque=_words(row["opaque"]),
        status=row["status"],
    )


def _words(text: str | None) -> set[str]:
    if not text:
        return set()
    return set(json.loads(text)) if text.startswith("[") else set(text.split(","))


def _number(kind: str, value: float | None) -> float:
    if value is not None:
        return value
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(kind, math.nan)


def _metrics(rows: list[sqlite3.Row]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        value = _number(row["kind"], row["value"])
        if row["step"] is not None:
            found.setdefault(row["name"], []).append(value)
        elif row["name"] in found:
            before = found[row["name"]]
            many = before["each"] if isinstance(before, dict) else [before]
            found[row["name"]] = {"each": [*many, value]}
        else:
            found[row["name"]] = value
    return found


def _params(rows: list[sqlite3.Row]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the params of the cell and those of each of its steps, named as in the table.

    What every step has with the same value (and is no loop variable) counts as the cell's.
    """
    steps = sorted({row["step"] for row in rows if row["step"] is not None})
    common: list[tuple[str | None, str, Any]] = []
    by_step: dict[int, list[tuple[str | None, str, Any]]] = {step: [] for step in steps}
    repeated: Counter[str] = Counter()
    for row in rows:
        if row["step"] is not None and row["origin"] != "loop":
            repeated[json.dumps([row["owner"], row["name"], row["value"]])] += 1
    for row in rows:
        entry = (row["owner"], row["name"], decode_value(json.loads(row["value"])))
        key = json.dumps([row["owner"], row["name"], row["value"]])
        if row["step"] is None or (len(steps) > 1 and repeated[key] == len(steps)):
            if entry not in common:
                common.append(entry)
        elif entry not in by_step[row["step"]]:
            by_step[row["step"]].append(entry)
    return _named(common), [_named(by_step[step]) for step in steps]


def _named(entries: list[tuple[str | None, str, Any]]) -> dict[str, Any]:
    plain = [(name, value) for owner, name, value in entries if owner is None]
    owned = [
        (owner, name, value)
        for owner, name, value in entries
        if owner is not None and not any(n == name and equal(value, v) for n, v in plain)
    ]
    owners: dict[str, set[str | None]] = defaultdict(set)
    for owner, name, _ in entries:
        if owner is None or any(o == owner and n == name for o, n, _ in owned):
            owners[name].add(owner)
    found: dict[str, Any] = {}
    for owner, name, value in [(None, *pair) for pair in plain] + owned:
        key = name if owner is None or len(owners[name]) == 1 else f"{owner}.{name}"
        if key in found:
            before = found[key]
            many = before["each"] if isinstance(before, dict) and "each" in before else [before]
            found[key] = {"each": [*many, value]}
        else:
            found[key] = value
    return found


# --- comparing ----------------------------------------------------------------------------


def equal(expected: Any, found: Any) -> bool:
    """Whether a value is the expected one; numbers to a relative 1e-9, types kept apart."""
    if isinstance(expected, str) and expected == ANY:
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            equal(value, found[key]) for key, value in expected.items()
        )
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(expected) == len(found) and all(map(equal, expected, found))
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        if math.isnan(expected) or math.isnan(found):
            return math.isnan(expected) and math.isnan(found)
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)
    return type(expected) is type(found) and expected == found


def differences(notebook: Notebook, trail: Trail) -> list[str]:
    """Return every way in which the store departs from the expectations, one line each."""
    expected_order = [label for label in notebook.order if notebook.expected[label].recorded]
    found = [f"problem filed: {problem}" for problem in trail.problems]
    if trail.order != expected_order:
        found.append(f"executions recorded: {trail.order}; expected: {expected_order}")
    for label in expected_order:
        if label in trail.traces:
            found += _trace_differences(
                label, notebook.expected[label], trail.traces[label], notebook
            )
    if notebook.results is not None:
        found += _result_differences(notebook.results, trail.results)
    return found


def _trace_differences(
    label: str, expected: Trace, found: Trace, notebook: Notebook
) -> Iterator[str]:
    for kind in ("used", "generated", "deleted", "unseeded", "opaque"):
        want, have = getattr(expected, kind), getattr(found, kind)
        for member in sorted(want - have):
            yield f"{label}: {kind} lacks {member}"
        for member in sorted(have - want):
            name = member.partition("<-")[0].removesuffix("*")
            decoy = any(notebook.is_decoy(known, label, name) for known in notebook.decoys)
            yield f"{label}: {kind} has {member}, not expected{' (the decoy)' if decoy else ''}"
    for kind in ("params", "metrics"):
        yield from _mapping_differences(
            f"{label}: {kind}", getattr(expected, kind), getattr(found, kind)
        )
    if expected.steps not in ("any", found.steps):
        yield f"{label}: {found.steps} steps, expected {expected.steps}"
    if expected.step_params is not None:
        if len(expected.step_params) != len(found.step_params or ()):
            yield f"{label}: params of steps {found.step_params}, expected {expected.step_params}"
        else:
            for n, want in enumerate(expected.step_params):
                yield from _mapping_differences(
                    f"{label}: params of step {n}", want, (found.step_params or [])[n]
                )
    if expected.status != found.status:
        yield f"{label}: status {found.status}, expected {expected.status}"


def _mapping_differences(
    where: str, expected: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield f"{where} lack {name} = {expected[name]!r}"
    for name in sorted(found.keys() - expected.keys()):
        yield f"{where} have {name} = {found[name]!r}, not expected"
    for name in sorted(expected.keys() & found.keys()):
        if not equal(expected[name], found[name]):
            yield f"{where}: {name} is {found[name]!r}, expected {expected[name]!r}"


def _result_differences(expected: list[Result], found: list[Result]) -> Iterator[str]:
    rows = {(row.cell, row.step): row for row in found}
    wanted = {(row.cell, row.step): row for row in expected}
    for key in wanted.keys() - rows.keys():
        yield f"results lack a row for cell, step {key}"
    for key in rows.keys() - wanted.keys():
        yield f"results have a row for cell, step {key}, not expected: {rows[key]}"
    for key in wanted.keys() & rows.keys():
        where = f"result of {key[0]}" + ("" if key[1] is None else f", step {key[1]}")
        yield from _mapping_differences(f"{where}: params", wanted[key].params, rows[key].params)
        yield from _mapping_differences(f"{where}: metrics", wanted[key].metrics, rows[key].metrics)


def kept_out(notebook: Notebook, store: Path) -> list[str]:
    """Return lines of unrecorded cells that stand somewhere in the store all the same."""
    hidden = [
        line.strip()
        for label in notebook.order
        if not notebook.expected[label].recorded
        for line in notebook.source(label).source.splitlines()
        if len(line.strip()) > 15 and not line.startswith("#")
    ]
    files = [path.read_bytes() for path in store.rglob("*") if path.is_file()] if hidden else []
    return [
        f"the store holds a line of a cell that is off: {line}"
        for line in hidden
        if any(line.encode() in content for content in files)
    ]
