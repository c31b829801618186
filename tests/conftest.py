"""What every test runs under: no network, no settings of the person who runs it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Shared cores make single examples slow at random; the time limit of pytest still holds.
hypothesis.settings.register_profile("developer", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "developer")

LOOPBACK = ("127.", "::1", "localhost")
# Nothing listens on the discard port, so a client that heeds these variables fails at once.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session", autouse=True)
def _environment_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this process and every kernel it starts folders and settings of their own."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("CELLTRAIL") or name == "JPY_SESSION_NAME":
                patch.delenv(name)
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(home / "jupyter-config"))
        patch.setenv("JUPYTER_DATA_DIR", str(home / "jupyter-data"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "jupyter-runtime"))
        patch.setenv("MPLCONFIGDIR", str(home / "matplotlib"))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.setenv(name, NOWHERE)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        is_internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if is_internet and not str(address[0]).startswith(LOOPBACK):  # type: ignore[index]
            raise OSError(f"a test tried to reach {address!r}; tests run without a network")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
