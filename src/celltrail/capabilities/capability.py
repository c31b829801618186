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
    """

    flags: tuple[str, ...]
    help: str
    kind: str = "text"
    metavar: str | None = None
    count: str | None = None
    default: Any = None
    completes: str | None = None
    choices: tuple[str, ...] = ()

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
        ``cli`` or ``magic``.
    namespace : mapping or None
        The names of the user's notebook, in a kernel.
    """

    store: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    recorder: Any = None
    face: str = "cli"
    namespace: Mapping[str, Any] | None = None

    def safe_text(self, text: str) -> str:
        """Return a text that a person typed as it may be written: secrets are marks."""
        return self._secrets().redact(text).text

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
        from celltrail.core.redaction import SecretMemory, secret_environment_values

        memory = SecretMemory()
        for value in secret_environment_values(self.environ):
            memory.add(value)
        return memory


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
    with connected(place.store, "reader") as connection:
        yield connection


@contextmanager
def writing(place: Place) -> Iterator[Connection]:
    """Open the store for a label; what dead sessions left waiting is merged first."""
    from celltrail.store.spool import merge_spools, waiting_files

    if place.store.is_dir() and any(True for _ in waiting_files(place.store, place.environ)):
        merge_spools(place.store, environ=place.environ)
    with connected(place.store, "tool") as connection:
        yield connection


@contextmanager
def connected(store: Path, role: Any) -> Iterator[Connection]:
    """Open the store in a role; SQLite's errors come out as celltrail's."""
    from celltrail.store.database import LOCK_SECONDS, connect, faults
    from celltrail.store.location import database_file

    connection = connect(store, role=role)
    try:
        with faults(database_file(store), LOCK_SECONDS["reader"]):
            yield connection
    finally:
        connection.close()
