"""What a capability is: its parameters, the place where it works, the store it opens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celltrail.core.report import Report

if TYPE_CHECKING:
    from celltrail.core.redaction import SecretMemory
    from celltrail.store.trail import Connection


Faces = tuple[str, ...]
BOTH: Faces = ("magic", "cli")
CLI: Faces = ("cli",)
# The server's routes: they answer what changes nothing and needs no live object.
REST = "rest"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a capability: a word in its place, or ``--name``.

    Attributes
    ----------
    flags : tuple of str
        ``("id",)`` for a word in its place, ``("--sort",)`` for an option.
    help : str
    kind : str
        ``text``, ``number`` (whole), ``real`` or ``flag``.
    metavar : str
    count : str or None
        ``?``, ``*`` or ``+`` as in argparse; None means one.
    default : object
    completes : str or None
        What its value is among: results, runs, columns, notebooks, snapshots, variables.
    choices : tuple of str
        The only words it takes; empty where any will do.
    is_act : bool
        Makes a reading write something, a file say; not where only reading is meant.
    """

    flags: tuple[str, ...]
    help: str
    kind: str = "text"
    metavar: str | None = None
    count: str | None = None
    default: Any = None
    completes: str | None = None
    choices: tuple[str, ...] = ()
    is_act: bool = False

    @property
    def name(self) -> str:
        """The keyword under which `run` receives it."""
        return self.flags[-1].lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capability works: the store, and what is around it.

    Attributes
    ----------
    store : Path
        The ``.celltrail`` folder, which need not exist.
    environ : mapping
    recorder : object or None
        The recorder of this process, in a kernel.
    face : str
        ``cli``, ``magic`` or ``rest``.
    namespace : mapping or None
        The names of the user's notebook, in a kernel.
    lock_seconds : float or None
        How long to wait for another process's lock; None means as long as a command does.
    watch : callable or None
        Given every connection that is opened, to end what takes too long.
    """

    store: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    recorder: Any = None
    face: str = "cli"
    namespace: Mapping[str, Any] | None = None
    lock_seconds: float | None = None
    watch: Callable[[Connection], None] | None = None

    def safe_text(self, text: str) -> str:
        """Return a text that a person typed as it may be written: secrets are marks."""
        return self._secrets().redact(text).text

    def safe_cell(self, column: str, text: str) -> str:
        """Return a table's cell as it may be shown."""
        return self._secrets().redact_cell(column, text)

    def safe_tag(self, key: str, value: str) -> tuple[str, str]:
        """Return a key and its value as they may be written."""
        memory = self._secrets()
        memory.learn_value(key, value)
        return memory.redact(key).text, str(memory.redact_value(key, value))

    def _secrets(self) -> SecretMemory:
        """What this session knows to be secret; elsewhere what the environment names so."""
        if self.recorder is not None:
            memory: SecretMemory = self.recorder.secrets
            return memory
        from celltrail.core.redaction import SecretMemory

        return SecretMemory.of_environment(self.environ)


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that a user can ask for, declared once for every face.

    Attributes
    ----------
    name : str
        The word behind ``%mlops`` and ``celltrail``; the kind of its report.
    summary : str
        A line of help.
    run : callable
        From a `Place` and the parameters, as keywords, to a `Report`.
    parameters : tuple of Parameter
        Options of the magic and the command line, help and completion.
    report : str
        ``module:Class`` of what `run` returns, imported when a stored report is read.
    draw : str or None
        ``module:function`` from a report to a plotly figure.
    no_figure : str
        Why there is no figure, where `draw` is None.
    needs : str
        ``store`` works anywhere; ``kernel`` wants live objects.
    faces : tuple of str
        Where it can be asked: magic, cli.
    example : str
        What a user may type behind ``%mlops`` or ``celltrail``.
    is_reading : bool
        Changes nothing: with no store it says so instead of failing in a notebook.
    loads_data : bool
        Reads contents that were kept, not rows alone.
    """

    name: str
    summary: str
    run: Callable[..., Report]
    parameters: tuple[Parameter, ...] = ()
    report: str = "celltrail.core.report:Answer"
    draw: str | None = None
    no_figure: str = ""
    needs: str = "store"
    faces: Faces = BOTH
    example: str = ""
    is_reading: bool = False
    loads_data: bool = False

    @property
    def is_quick_reading(self) -> bool:
        """Whether a server answers it: it reads rows of the store, and nothing else."""
        return self.is_reading and self.needs == "store" and not self.loads_data

    @property
    def report_class(self) -> type[Report]:
        """The class of its reports."""
        found: type[Report] = _named(self.report)
        return found


def _named(path: str) -> Any:
    from importlib import import_module

    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def figure(capability: Capability, report: Report) -> Any:
    """Return the plotly figure of a report, drawn now.

    Raises
    ------
    UsageFault
        If the capability has no figure; the hint says why.
    """
    from celltrail.core.errors import UsageFault

    if capability.draw is None:
        raise UsageFault(f"{capability.name} has no figure.", capability.no_figure)
    return _named(capability.draw)(report)


@contextmanager
def reading(place: Place) -> Iterator[Connection]:
    """Open the store for reading; SQLite's errors come out as celltrail's."""
    with _watched(place, "reader") as connection:
        yield connection


@contextmanager
def writing(place: Place) -> Iterator[Connection]:
    """Open the store for a label; what dead sessions left waiting is merged first."""
    from celltrail.store.spool import merge_spools, waiting_files

    if place.store.is_dir() and any(True for _ in waiting_files(place.store, place.environ)):
        merge_spools(place.store, environ=place.environ)
    with _watched(place, "tool") as connection:
        yield connection


@contextmanager
def _watched(place: Place, role: Any) -> Iterator[Connection]:
    with connected(place.store, role, lock_seconds=place.lock_seconds) as connection:
        if place.watch is not None:
            place.watch(connection)
        yield connection


@contextmanager
def connected(store: Path, role: Any, *, lock_seconds: float | None = None) -> Iterator[Connection]:
    """Open the store in a role; SQLite's errors come out as celltrail's."""
    from celltrail.store.database import LOCK_SECONDS, connect, faults
    from celltrail.store.location import database_file

    connection = connect(store, role=role, lock_wait_seconds=lock_seconds)
    try:
        wait = LOCK_SECONDS["reader"] if lock_seconds is None else lock_seconds
        with faults(database_file(store), wait):
            yield connection
    finally:
        connection.close()
