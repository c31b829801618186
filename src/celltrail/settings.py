"""What is recorded and how much it may cost: project file, then environment, then defaults."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celltrail.core.errors import SettingsError, UsageFault

FILE = "settings.toml"
_ON = ("on", "1", "true", "yes")
_OFF = ("off", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force for one store and one process.

    Attributes
    ----------
    recording : bool
        Cells are recorded.
    exact : bool
        Every content is digested in full, whatever it costs.
    passthrough : bool
        Recognised calls at top level are wrapped, so that a printed metric is seen.
    budget_fraction : float
        Share of cell time that digests and profiles may cost.
    budget_start_seconds : float
        What the account holds when a session starts.
    budget_cell_seconds : float
        The most that one cell may take from the account.
    output_text_limit : int
        Characters of one textual output that are kept in its row.
    output_blob_limit : int
        Bytes of one output that are kept as a blob; longer ones are cut with a note.
    """

    recording: bool = True
    exact: bool = False
    passthrough: bool = True
    budget_fraction: float = 0.02
    budget_start_seconds: float = 0.020
    budget_cell_seconds: float = 0.020
    output_text_limit: int = 16_384
    output_blob_limit: int = 1 << 20


_KINDS: dict[str, type] = {item.name: type(item.default) for item in dataclasses.fields(Settings)}


def load_settings(store: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a store as changed by the environment.

    Parameters
    ----------
    store : Path or None
        The ``.celltrail`` folder; None (or one without a settings file) gives the
        defaults.
    environ : mapping
        ``CELLTRAIL=on|off`` sets `recording`, ``CELLTRAIL_EXACT`` sets `exact`; both
        win over the file.

    Raises
    ------
    SettingsError
        If the file is no TOML or a value has the wrong form. A caller that must go
        on uses ``load_settings(None, environ)`` and tells the user.
    """
    values = {} if store is None else _read(store / FILE)
    for variable, name in (("CELLTRAIL", "recording"), ("CELLTRAIL_EXACT", "exact")):
        text = environ.get(variable, "").strip().lower()
        if text in _ON or text in _OFF:
            values[name] = text in _ON
        elif text:
            raise SettingsError.wrong("The environment", variable, text, "on or off")
    return Settings(**values)


def write_setting(store: Path, name: str, value: float) -> None:
    """Set one setting in the store's file; other lines and comments stay.

    Raises
    ------
    UsageFault
        If there is no setting of that name.
    SettingsError
        If the value has the wrong form, or the file that is there cannot be read.
    """
    if name not in _KINDS:
        raise UsageFault.unknown("setting", name, _KINDS)
    file = store / FILE
    value = _checked(file, name, value)
    _read(file)  # a broken file is for its author to mend, not for us to overwrite
    text = file.read_text("utf-8") if file.exists() else ""
    line = f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
    # Settings stand before the first [table]; a key below one belongs to the table.
    table = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    end = table.start() if table else len(text)
    ours, rest = text[:end], text[end:]
    pattern = re.compile(rf"^[ \t]*{name}[ \t]*=.*$", re.MULTILINE)
    ours = pattern.sub(line, ours, count=1) if pattern.search(ours) else f"{line}\n{ours}"
    temporary = file.with_name(f".{FILE}.{os.getpid()}")
    try:
        temporary.write_text(ours + rest, "utf-8")
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            document = tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:  # TOMLDecodeError and bad UTF-8 are ValueErrors
        raise SettingsError.unreadable(file, str(fault)) from fault
    # Names we do not know may come from a newer celltrail; they are left alone.
    return {k: _checked(file, k, v) for k, v in document.items() if k in _KINDS}


def _checked(place: object, name: str, value: object) -> float:
    kind = _KINDS[name]
    if kind is bool and isinstance(value, bool):
        return value
    if kind is not bool and isinstance(value, (int, float)) and not isinstance(value, bool):
        whole = kind is float or isinstance(value, int)
        if whole and 0 <= value < float("inf"):
            return kind(value)  # type: ignore[no-any-return]
    expected = {bool: "true or false", int: "a whole number from 0", float: "a number from 0"}
    raise SettingsError.wrong(place, name, value, expected[kind])
