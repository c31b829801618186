"""The environment of an execution: interpreter, loaded packages, commit, machine."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import xxhash

from celltrail.core.records import EnvironmentRecord


class EnvironmentWatch:
    """Keeps the environment record current as packages get loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages: dict[str, str] = {}
        self._seen: set[str] = set()
        self._modules = 0
        self._record: EnvironmentRecord | None = None

    def current(self) -> EnvironmentRecord:
        """The record for now; made again only when modules were loaded since."""
        count = len(sys.modules)
        if self._record is None or count != self._modules:
            self._modules = count
            if self._look() or self._record is None:
                self._record = self._make()
        return self._record

    def _look(self) -> bool:
        """Add top-level packages loaded since the last look; True when there were any."""
        added = False
        for name in {module.partition(".")[0] for module in list(sys.modules)} - self._seen:
            self._seen.add(name)
            if name.startswith("_") or name in sys.stdlib_module_names:
                continue
            version = _version(name, sys.modules.get(name))
            if version is not None:
                self.packages[name] = version
                added = True
        return added

    def _make(self) -> EnvironmentRecord:
        python = platform.python_version()
        system = f"{platform.system()} {platform.machine()}"
        commit = git_commit(self.folder)
        hardware = {"cpus": os.cpu_count(), "memory_bytes": _memory()}
        packages = dict(sorted(self.packages.items()))
        text = json.dumps([python, system, packages, commit, hardware])
        digest = xxhash.xxh3_128_hexdigest(text.encode())
        return EnvironmentRecord(digest, python, system, packages, commit, hardware)


def _version(name: str, module: object) -> str | None:
    """Version of a loaded package: its own word, else its distribution's; None if local."""
    if type(module) is ModuleType or isinstance(module, ModuleType):
        found = vars(module).get("__version__")
        if isinstance(found, str):
            return found
    try:
        return metadata.version(name.replace("_", "-"))
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def git_commit(folder: Path) -> str | None:
    """The commit checked out around `folder`, read without running git."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if not git.exists():
            continue
        try:
            if git.is_file():  # a worktree: "gitdir: PATH"
                git = (parent / git.read_text().partition(":")[2].strip()).resolve()
            head = (git / "HEAD").read_text().strip()
            if not head.startswith("ref:"):
                return head[:40] or None
            name = head.partition(":")[2].strip()
            common = git / "commondir"
            base = (git / common.read_text().strip()).resolve() if common.exists() else git
            for place in (git / name, base / name):
                if place.exists():
                    return place.read_text().strip()[:40]
            for line in (base / "packed-refs").read_text().splitlines():
                if line.endswith(f" {name}"):
                    return line[:40]
        except (OSError, ValueError):  # not there, or no text
            return None
        return None
    return None
