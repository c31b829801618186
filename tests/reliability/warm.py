"""A warm process that forks one IPython shell per connection (run as a script by `shells`).

A fresh interpreter with pandas costs seconds, a fork of a warm one milliseconds. celltrail is
imported here but loaded only in the child: a process forked after loading records nothing.
Each child speaks one JSON document a line over its socket, and answers when the cell has ended,
as a kernel does with ``execute_reply``.
"""

from __future__ import annotations

import atexit
import ctypes
import faulthandler
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
MODULES = (
    "joblib.externals.loky",
    "pandas",
    "sklearn.datasets",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.tree",
    "celltrail.capture.hooks",
    "celltrail.faces.magics",
)


def warm_up() -> None:
    """Import what cells use, so that no child pays for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in MODULES:
            importlib.import_module(name)


def serve(address: str) -> None:
    """Fork a shell for each connection until standard input closes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    warm_up()
    libc = ctypes.CDLL(None)
    shell = make_shell(Path(address).with_name("profile"))
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for a child
    print("warm", flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no shell outlives the tests
            try:
                Child(connection, shell).serve()
            except BaseException:  # noqa: BLE001 - a child never runs on in the parent's loop
                traceback.print_exc()
            finally:
                os._exit(0)
        connection.close()


class Child:
    """One forked shell, driven over its socket."""

    def __init__(self, connection: socket.socket, shell: Any) -> None:
        self.connection = connection
        self.reader = connection.makefile("r", encoding="utf-8")
        self.streams: dict[str, Any] = {}
        self.shell = shell
        self.room: dict[str, Any] = {"shell": shell}  # names of the test's own code

    def serve(self) -> None:
        for line in self.reader:
            request = json.loads(line)
            getattr(self, "do_" + request.pop("do"))(**request)

    def answer(self, **document: Any) -> None:
        self.connection.sendall(json.dumps(document).encode() + b"\n")

    # --- requests -------------------------------------------------------------------------------

    def do_start(self, *, folder: str, environ: dict[str, str], prelude: str, record: bool) -> None:
        os.environ.update(environ)
        os.chdir(folder)
        streams = os.environ["SHELL_STREAMS"]
        for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
            file = os.open(f"{streams}.{descriptor}", os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o666)
            stream.flush()
            os.dup2(file, descriptor)
            os.close(file)
            stream.reconfigure(line_buffering=True)
            self.streams[f"{streams}.{descriptor}"] = open(f"{streams}.{descriptor}", "rb")  # noqa: PTH123, SIM115
        faulthandler.register(signal.SIGUSR1, file=2)  # tells where a cell hangs
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        exec(prelude, self.room)
        if record:
            self.shell.extension_manager.load_extension("celltrail")
        self.answer(pid=os.getpid())

    def do_cells(self, *, cells: list[str], options: dict[str, Any]) -> None:
        for code in cells:
            began = time.perf_counter()
            result = self.shell.run_cell(code, **{"store_history": True, **options})
            seconds = time.perf_counter() - began
            error = result.error_before_exec or result.error_in_exec
            stdout, stderr = self.taken()
            self.answer(
                stdout=stdout,
                stderr=stderr,
                seconds=seconds,
                error=None if error is None else type(error).__name__,
                count=result.execution_count,
            )
            # A client keeps no result either; the objects of a cell must be free to die.
            del result, error

    def do_python(self, *, code: str) -> None:
        self.room["result"] = None
        try:
            exec(code, self.room)
        except BaseException:  # noqa: BLE001 - the test is told
            self.answer(error=traceback.format_exc())
        else:
            self.answer(result=self.room["result"])

    def do_end(self) -> None:
        """End as an interpreter does; say what was still printed."""
        atexit._run_exitfuncs()
        stdout, stderr = self.taken()
        self.answer(stdout=stdout, stderr=stderr)
        os._exit(0)

    def taken(self) -> list[str]:
        sys.stdout.flush()
        sys.stderr.flush()
        return [stream.read().decode("utf-8", "replace") for stream in self.streams.values()]


def make_shell(profile: Path) -> Any:
    """Return the shell that every child inherits, its slow parts already imported."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.ProfileDir.location = str(profile)
    shell = InteractiveShell.instance(config=config)
    with capture_output():
        shell.run_cell("1 / 0", store_history=False)  # the first traceback imports for a second
    return shell


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve(sys.argv[1])
