"""Real IPython shells in processes of their own, forked from one warm process, and their stores."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from celltrail.store.recording import merge_spools

WAIT_SECONDS = 120
_ADDRESS = re.compile(r"\b(0x[0-9a-f]+|at [0-9a-f]{12})\b")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a cell showed, and how long `run_cell` took."""

    stdout: str
    stderr: str
    error: str | None
    seconds: float

    @property
    def seen(self) -> tuple[str, str, str | None]:
        """What a user can tell two runs apart by."""
        return self.stdout, self.stderr, self.error

    @property
    def without_addresses(self) -> tuple[str, str, str | None]:
        """As `seen`, without what differs between any two processes."""
        return _ADDRESS.sub("…", self.stdout), _ADDRESS.sub("…", self.stderr), self.error


class Warm:
    """The warm process; `shell` gives a fork of it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ctw"))
        self._folder.chmod(0o755)  # a shell may run as another user
        self.address = str(self._folder / "socket")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "warm.py"), self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "warm\n"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(WAIT_SECONDS)
        shutil.rmtree(self._folder)

    def shell(self, folder: Path, **options: Any) -> Shell:
        """Return a shell that works in `folder` and records to the `.celltrail` in it."""
        return Shell(self.address, folder, **options)


class Shell:
    """One forked shell; records to ``folder/.celltrail`` unless told otherwise.

    Parameters
    ----------
    address : str
        The warm process' socket.
    folder : Path
        Working directory, home and the place for temporary files.
    record : bool
        Whether celltrail is loaded.
    prelude : str
        Python that the process runs before celltrail is loaded; knows `shell`.
    environ : dict of str
        More environment variables.
    wait_seconds : float
        How long a cell may take before the test fails.
    """

    def __init__(
        self,
        address: str,
        folder: Path,
        *,
        record: bool = True,
        prelude: str = "",
        environ: dict[str, str] | None = None,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.folder = folder
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(wait_seconds)
        self._connection.connect(address)
        self._reader = self._connection.makefile("r", encoding="utf-8")
        self._streams = Path(tempfile.mkdtemp(prefix="cts"))
        self._streams.chmod(0o777)
        home = folder / "home"
        home.mkdir(exist_ok=True)
        variables = {
            "CELLTRAIL_STORE": str(folder / ".celltrail"),
            "CELLTRAIL_EXACT": "on",  # the rules are tested, not what a loaded machine affords
            "HOME": str(home),
            "TMPDIR": str(home),
            "SHELL_STREAMS": str(self._streams / "stream"),
        }
        self._ask(
            "start",
            folder=str(folder),
            environ=variables | (environ or {}),
            prelude=prelude,
            record=record,
        )
        self.pid: int = self._heard()["pid"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._connection.fileno() >= 0:
            self.kill()

    def run(self, *cells: str, **options: Any) -> list[Ran]:
        """Run cells and return what they showed."""
        self.begin(*cells, **options)
        return [self.next() for _ in cells]

    def begin(self, *cells: str, **options: Any) -> None:
        """Let cells run; `next` or `kill` tells which have finished."""
        self._ask("cells", cells=cells, options=options)

    def next(self) -> Ran:
        answer = self._heard()
        answer.pop("count")
        return Ran(**answer)

    def python(self, code: str) -> Any:
        """Run the test's own code in the shell's process, between cells; return its `result`."""
        self._ask("python", code=code)
        answer = self._heard()
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def end(self) -> str:
        """End the process as an interpreter ends; return what was printed since the last cell."""
        self._ask("end")
        answer = self._heard()
        self._let_go()
        return str(answer["stdout"] + answer["stderr"])

    def kill(self) -> int:
        """Kill the process now; return how many answers had come before it died."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.drain()

    def drain(self) -> int:
        """Wait for the process' death; return how many answers came before."""
        answers = 0
        with contextlib.suppress(OSError):  # reset by its death, or timed out before
            for line in self._reader:
                answers += line.endswith("\n")
        with contextlib.suppress(ProcessLookupError):
            while True:  # the socket closes before the process' locks do
                os.kill(self.pid, 0)
                time.sleep(0.001)
        self._let_go()
        return answers

    def _ask(self, what: str, **request: Any) -> None:
        self._connection.sendall(json.dumps({"do": what, **request}).encode() + b"\n")

    def _heard(self) -> dict[str, Any]:
        try:
            line = self._reader.readline()
        except TimeoutError:
            os.kill(self.pid, signal.SIGUSR1)
            time.sleep(0.5)
            raise AssertionError(f"a cell hangs:\n{self._printed()}") from None
        if not line:
            raise ConnectionError(
                f"the shell {getattr(self, 'pid', '')} is gone: {self._printed()}"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _printed(self) -> str:
        return "".join(file.read_text("utf-8") for file in self._streams.glob("stream.*"))

    def _let_go(self) -> None:
        self._reader.close()
        self._connection.close()
        shutil.rmtree(self._streams, ignore_errors=True)


# --- stores ---------------------------------------------------------------------------------------


def rows(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the store in `folder`."""
    with contextlib.closing(sqlite3.connect(folder / ".celltrail" / "trail.db")) as connection:
        return connection.execute(query, values).fetchall()


def statuses(folder: Path) -> dict[str, str]:
    """Return the status of every execution by its code."""
    query = (
        "SELECT source, status FROM execution JOIN code ON code.id = code_id ORDER BY execution.id"
    )
    return dict(rows(folder, query))


def problems(folder: Path) -> list[str]:
    return [
        f"{place}: {text}" for place, text in rows(folder, "SELECT place, message FROM problem")
    ]


def open_next(folder: Path) -> None:
    """Open the store as the next command or session does: it merges and closes what died."""
    merge_spools(
        folder / ".celltrail",
        environ={"HOME": str(folder / "home"), "TMPDIR": str(folder / "home")},
    )


def assert_sound(folder: Path) -> None:
    """Nothing is broken, nothing still runs, nothing waits, nobody holds a lock."""
    store = folder / ".celltrail"
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert rows(folder, "PRAGMA foreign_key_check") == []
    assert rows(folder, "SELECT uuid FROM execution WHERE status = 'running'") == []
    assert [file for file in store.glob("s*/*") if not file.name.startswith(".")] == []
    with contextlib.closing(sqlite3.connect(store / "trail.db", timeout=0)) as connection:
        connection.execute("BEGIN EXCLUSIVE")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the write lock of the store in `folder` in another process."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(folder / ".celltrail" / "trail.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(WAIT_SECONDS)
