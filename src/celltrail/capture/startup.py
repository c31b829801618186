"""The startup file that makes kernels record, and whether IPython will find it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# To the letter `ipython-startup/50-celltrail.py`, which the wheel puts under the
# environment's `etc/ipython/startup`; a test holds the two together.
STARTUP_TEXT = """\
# Starts celltrail's recording in every kernel of this environment.
# IPython runs each file of etc/ipython/startup in the user's namespace, so this is one expression
# that binds no name. It does nothing when celltrail is not importable; `start` swallows its own
# errors, acts only in kernels, and does nothing when recording has begun or is switched off.
__import__("importlib.util").util.find_spec("celltrail") is not None and __import__(
    "celltrail.capture.autoload", fromlist=["start"]
).start()
"""
FILE = "50-celltrail.py"


@dataclass(frozen=True, slots=True)
class StartupState:
    """Where the startup file is.

    Attributes
    ----------
    files : tuple of Path
        Every copy that IPython would run for this interpreter.
    stale : tuple of Path
        Copies whose text is another version's.
    """

    files: tuple[Path, ...]
    stale: tuple[Path, ...]

    @property
    def is_in_force(self) -> bool:
        """Whether new kernels of this interpreter record."""
        return bool(self.files)


def ipython_folder(environ: Mapping[str, str]) -> Path:
    """Return IPython's folder of the user, found as IPython finds it."""
    named = environ.get("IPYTHONDIR")
    home = Path(environ.get("HOME") or "~").expanduser()
    return Path(named).expanduser() if named else home / ".ipython"


def profile_folder(environ: Mapping[str, str], profile: str = "default") -> Path:
    """Return the folder of a profile of the user's."""
    return ipython_folder(environ) / f"profile_{profile}"


def startup_state(
    environ: Mapping[str, str] = os.environ, prefix: str = sys.prefix
) -> StartupState:
    """Return where the startup file is, for the interpreter of a prefix.

    Parameters
    ----------
    environ : mapping
        ``IPYTHONDIR`` and ``HOME`` name the user's folder.
    prefix : str
        `sys.prefix` of the interpreter.
    """
    places = (
        Path("/etc/ipython/startup"),
        Path("/usr/local/etc/ipython/startup"),
        Path(prefix) / "etc" / "ipython" / "startup",
        profile_folder(environ) / "startup",
    )
    found = tuple(dict.fromkeys(place / FILE for place in places if (place / FILE).is_file()))
    return StartupState(found, tuple(file for file in found if not _is_current(file)))


def write_startup(profile_dir: Path) -> Path:
    """Write the startup file into a profile and return its path.

    Raises
    ------
    OSError
        If the profile cannot be written.
    """
    folder = profile_dir / "startup"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    file.write_text(STARTUP_TEXT, "utf-8")
    return file


def remove_startup(profile_dir: Path) -> Path | None:
    """Remove the startup file from a profile; None if there was none."""
    file = profile_dir / "startup" / FILE
    if not file.exists():
        return None
    file.unlink()
    return file


def _is_current(file: Path) -> bool:
    try:
        return file.read_text("utf-8").strip() == STARTUP_TEXT.strip()
    except (OSError, UnicodeDecodeError):
        return False
