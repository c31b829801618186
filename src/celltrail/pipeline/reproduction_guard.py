"""Runs in the kernel that reproduces: keeps its writes in the copy and its sockets local.

What a recipe wrote elsewhere is known beforehand where the trail holds it. A path that
code makes at run time is not, so the kernel refuses it where nobody has agreed.
"""

# Runs at every file that is opened; os.path costs a tenth of path.
# ruff: noqa: PTH111, PTH112
from __future__ import annotations

import os
import site
import sys
from collections.abc import Callable

# The first words of the error's message, by which the outcome is told from an error of the user's.
REFUSED = "celltrail reproduce:"
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FIRST_PATH = frozenset({"os.remove", "os.rmdir", "os.truncate", "shutil.rmtree", "os.chmod"})
_BOTH_PATHS = frozenset({"os.rename", "shutil.move"})
_LOOPBACK = ("127.", "::1", "localhost")


def install(copy: str, scratch: str, project: str, store: str) -> None:
    """Refuse, in this process, to write outside of the copy or to reach another machine.

    Parameters
    ----------
    copy, scratch : str
        Where anything may be written.
    project : str
        Where nothing may be, but for the store.
    store : str
        The ``.celltrail`` folder.
    """
    allowed = tuple(os.path.realpath(folder) + os.sep for folder in (copy, scratch, store))
    refused = os.path.realpath(project) + os.sep
    home = os.path.expanduser("~") + os.sep
    elsewhere = tuple(
        os.path.realpath(folder) + os.sep
        for folder in (
            "/dev", "/proc", "/tmp", "/var/tmp", sys.prefix, sys.base_prefix,  # noqa: S108
            site.getusersitepackages(), *map(os.environ.get, _CACHES), copy,
        )
        if folder
    )  # fmt: skip

    def is_allowed(path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return True  # a descriptor: its own open was seen
        place = os.path.realpath(os.fsdecode(path))
        if place.startswith(allowed) or f"{place}{os.sep}".startswith(allowed):
            return True
        if place.startswith(refused):
            return False
        # Folders such as ~/.cache and ~/.config belong to programs.
        return place.startswith(elsewhere) or place.startswith(f"{home}.")

    sys.addaudithook(_hook(is_allowed))


_CACHES = (
    "IPYTHONDIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "MPLCONFIGDIR",
    "XDG_CACHE_HOME",
)


def _hook(is_allowed: Callable[[object], bool]) -> Callable[[str, tuple[object, ...]], None]:
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if _writes(mode, flags) and not is_allowed(path):
                raise PermissionError(f"{REFUSED} {path!s} is outside of the temporary copy")
        elif event in _FIRST_PATH or event in _BOTH_PATHS:
            paths = arguments[: 2 if event in _BOTH_PATHS else 1]
            for path in paths:
                if not is_allowed(path):
                    raise PermissionError(f"{REFUSED} {path!s} is outside of the temporary copy")
        elif event == "os.mkdir":
            path = arguments[0]
            if not is_allowed(path) and not os.path.isdir(str(path)):
                raise PermissionError(f"{REFUSED} {path!s} is outside of the temporary copy")
        elif event == "socket.getaddrinfo":
            _check_host(arguments[0])
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            _check_host(arguments[1][0])

    return hook


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITE_FLAGS)


def _check_host(host: object) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if isinstance(name, str) and name and not name.startswith(_LOOPBACK):
        raise PermissionError(f"{REFUSED} {name} is another machine")
