"""A kernel of its own for one run: this interpreter, no other client, gone at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celltrail.core.errors import CelltrailError

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_MILLISECONDS = 200  # how soon a dead kernel is noticed


class KernelFault(CelltrailError):
    """The kernel did not start, ended by itself, or took longer than it may."""

    code = "kernel"

    def __init__(self, fact: str, hint: str | None = None, *, why: str = "died") -> None:
        super().__init__(fact, hint)
        self.why = why


@dataclass(frozen=True, slots=True)
class Reply:
    """How a cell ended.

    Attributes
    ----------
    count : int or None
        Its number in ``In [n]``.
    error : str or None
        ``"ValueError: …"``; None when it ended well.
    values : dict of str to str
        The text of each expression that was asked for.
    """

    count: int | None
    error: str | None
    values: dict[str, str] = field(default_factory=dict)


class CleanKernel:
    """A kernel process and the one socket that runs cells in it, as a context manager.

    It talks ZeroMQ without an event loop, so that it also works inside a running one (a
    notebook's kernel has one), and is ended by its process id, with what it has started.

    Parameters
    ----------
    scratch : Path
        A short path: sockets and the kernel's log are made in it.
    name : str
        Identifier of the kernel; names its connection file.
    working : Path
        Its working folder.
    environment : mapping
        Of the process.
    """

    def __init__(
        self, scratch: Path, name: str, *, working: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self._scratch = scratch
        self._working = working
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._context: Any = None
        self._socket: Any = None
        self._session: Any = None
        self._is_idle = False

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def run(
        self,
        code: str,
        *,
        silent: bool = False,
        timeout: float | None = None,
        expressions: Mapping[str, str] | None = None,
    ) -> Reply:
        """Run a cell and return how it ended.

        Parameters
        ----------
        code : str
        silent : bool
            No hook sees it, and it has no number.
        timeout : float or None
            Seconds that it may take; None means any.
        expressions : mapping of str to str, optional
            Expressions to read afterwards, by key.

        Raises
        ------
        KernelFault
            If the kernel died or the time is over.
        """
        content = self._ask(
            "execute_request",
            {
                "code": code,
                "silent": silent,
                "store_history": not silent,
                "user_expressions": dict(expressions or {}),
                "allow_stdin": False,
                "stop_on_error": False,
            },
            timeout,
        )
        error = None
        if content.get("status") != "ok":
            error = f"{content.get('ename', 'aborted')}: {content.get('evalue', '')}"
        values = {
            key: found["data"]["text/plain"]
            for key, found in (content.get("user_expressions") or {}).items()
            if found.get("status") == "ok"
        }
        return Reply(content.get("execution_count"), error, values)

    def _start(self) -> None:
        import zmq
        from jupyter_client.session import Session

        key = os.urandom(16).hex()
        file = self._scratch / f"kernel-{self.name}.json"
        address = self._scratch / f"{self.name[-6:]}"
        ports = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
        facts = {
            "transport": "ipc",
            "ip": str(address),
            "key": key,
            "signature_scheme": "hmac-sha256",
            **{port: number for number, port in enumerate(ports, 1)},
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(facts), "utf-8")
        self._session = Session(key=key.encode())
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ipykernel_launcher", "-f", str(file)],
                cwd=self._working,
                # The kernel ends when this process is gone, even if it is killed.
                env=self._environment | {"JPY_PARENT_PID": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.identity = self._session.bsession
        self._socket.connect(f"ipc://{address}-1")
        self._ask("kernel_info_request", {}, _START_SECONDS)

    @property
    def _log(self) -> Path:
        return self._scratch / f"kernel-{self.name}.log"

    def _ask(self, kind: str, content: dict[str, Any], timeout: float | None) -> dict[str, Any]:
        """Send a request on the shell channel and return the content of its reply."""
        request = self._session.send(self._socket, kind, content)["header"]["msg_id"]
        self._is_idle = False
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            while self._socket.poll(_POLL_MILLISECONDS):
                _, reply = self._session.recv(self._socket, mode=0)
                if reply["parent_header"].get("msg_id") == request:
                    self._is_idle = True
                    found: dict[str, Any] = reply["content"]
                    return found
            if self._process is not None and self._process.poll() is not None:
                raise KernelFault(self._death(self._process.returncode))
            if deadline is not None and time.monotonic() > deadline:
                raise KernelFault(f"took longer than {timeout:g} s", why="timeout")

    def _death(self, code: int) -> str:
        said = self._log.read_text("utf-8", "replace").strip().splitlines()
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return f"ended its kernel {how}" + (f" ({said[-1][:200]})" if said else "")

    def _stop(self) -> None:
        """End the kernel, with all that it has started; ask first, so that it can tidy up."""
        process, self._process = self._process, None
        if process is not None:
            if self._is_idle and process.poll() is None:
                self._session.send(self._socket, "shutdown_request", {"restart": False})
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS if self._is_idle else 0)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None
