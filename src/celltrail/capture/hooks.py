"""IPython's events and transformers, wired to the recorder."""

from __future__ import annotations

import ast
import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from celltrail.capture import files, passthrough, readers, recorder
from celltrail.capture.identity import make_id, now
from celltrail.capture.recorder import Recorder
from celltrail.core.directive import is_switched_off, read_directive
from celltrail.core.errors import CelltrailError
from celltrail.core.records import RunRecord


class Hooks:
    """Everything that is registered with one shell, and how to take it out again."""

    def __init__(self, ip: Any) -> None:
        self.ip = ip
        kernel = getattr(ip, "kernel", None)
        self.recorder = Recorder(
            "kernel" if kernel is not None else "shell",
            ip.user_ns,
            hidden=ip.user_ns_hidden,
            kernel_id=_kernel_id(ip),
            say=_say,
        )
        for name in ("CELLTRAIL_NOTEBOOK", "CELLTRAIL_RUN"):
            # They speak of this kernel; one that a cell starts has a notebook of its own.
            os.environ.pop(name, None)
        self.depth = 0
        self.run_of_cell = False
        self._undo: list[Callable[[], None]] = []
        self._streams: list[tuple[Any, Any, Any]] = []  # stream, our writer, its own if it had one

    def install(self) -> None:
        """Register with the shell."""
        ip = self.ip
        files.install_audit_hook()
        readers.install()
        passthrough.install_helpers()
        ip.events.register("pre_run_cell", self.before)
        ip.events.register("post_run_cell", self.after)
        ip.ast_transformers.append(self)
        self._undo += [
            lambda: ip.events.unregister("pre_run_cell", self.before),
            lambda: ip.events.unregister("post_run_cell", self.after),
            lambda: ip.ast_transformers.remove(self),
            passthrough.remove_helpers,
            readers.remove,
        ]
        for publisher in (ip.display_pub, ip.displayhook):
            if hasattr(publisher, "register_hook"):
                publisher.register_hook(self._published)
                self._undo.append(partial(publisher.unregister_hook, self._published))
        recorder.use(self.recorder)

    def remove(self) -> None:
        """Take everything out again and end the session."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._stop_streams()
        self.recorder.close()
        recorder.use(None)

    # --- events -----------------------------------------------------------------

    def before(self, info: Any) -> None:
        """``pre_run_cell``: nested ones belong to the outer execution."""
        self.depth += 1
        if self.depth > 1:
            return
        try:
            self._begin(info)
        except BaseException as error:  # an exception here would print under the user's cell
            self.recorder.problem("pre_run_cell", f"{type(error).__name__}: {error}")

    def _begin(self, info: Any) -> None:
        raw = info.raw_cell if isinstance(info.raw_cell, str) else ""
        meta = getattr(info, "cell_meta", None) or {}
        tags = meta.get("tags") if isinstance(meta, dict) else None
        cell_tags = [tag for tag in tags or () if isinstance(tag, str)]
        if info.silent or not raw.strip() or is_switched_off(raw, cell_tags):
            self.recorder.skip()
            return
        self.recorder.start(
            raw,
            cell_id=getattr(info, "cell_id", None),
            count=self.ip.execution_count,
            run=self._run_of(raw),
        )
        if self.recorder.cell is not None:
            if "injected-parameters" in cell_tags:
                self.recorder.cell.tags["injected-parameters"] = "true"
            self._watch_streams()

    def _run_of(self, raw: str) -> RunRecord | None:
        """The run that a first line ``%%mlops run …`` asks for."""
        self.run_of_cell = False
        if self.recorder.is_reproducing:
            return None
        try:
            directive = read_directive(raw)
        except CelltrailError:
            return None  # the input transformer tells the user
        if directive is None or directive.verb != "run":
            return None
        self.run_of_cell = True
        open_run = self.recorder.active_run
        return RunRecord(
            make_id(),
            directive.name,
            "interactive",
            now(),
            parent=None if open_run is None else open_run.id,
            tags=dict(directive.tags),
            params=dict(directive.params),
        )

    def after(self, result: Any) -> None:
        """``post_run_cell``; comes alone for an empty cell and for the one that loads us."""
        if self.depth == 0 or _is_blank(result):
            return
        self.depth -= 1
        if self.depth:
            return
        try:
            self._stop_streams()
            error = result.error_before_exec or result.error_in_exec
            self.recorder.finish(
                _status(error), error=error, count=getattr(result, "execution_count", None)
            )
            if self.run_of_cell:
                self.run_of_cell = False
                self.recorder.end_run("ok" if error is None else "error")
        except BaseException as error:  # an exception here would print under the user's cell
            self.recorder.problem("post_run_cell", f"{type(error).__name__}: {error}")

    def visit(self, tree: ast.AST) -> ast.AST:
        """IPython's AST transformer: the cell's tree, or that of a magic's body."""
        cell = self.recorder.cell
        if cell is not None and isinstance(tree, ast.Module):
            if cell.plan is None:
                self.recorder.saw(tree, self._parse)
            else:
                self.recorder.saw_body(tree)
        return tree

    def _parse(self, code: str) -> ast.Module | None:
        """The body of a magic as IPython will see it."""
        try:
            transformed = self.ip.transform_cell(code)
            tree: ast.Module = self.ip.compile.ast_parse(transformed)
        except Exception:  # the magic itself will tell the user what is wrong with it
            return None
        return tree

    # --- outputs ----------------------------------------------------------------

    def _published(self, message: Any) -> Any:
        try:
            kind = message.get("msg_type")
            if self.recorder.cell is not None and kind in {"display_data", "execute_result"}:
                name = "result" if kind == "execute_result" else "display"
                self.recorder.outputs.display(name, message["content"]["data"])
        except Exception as error:  # the message must go out whatever we make of it
            self.recorder.problem("outputs", f"{type(error).__name__}: {error}")
        return message

    def _watch_streams(self) -> None:
        """See what is printed, as IPython's own history does: through ``stream.write``."""
        for name in ("stdout", "stderr"):
            stream: Any = getattr(sys, name)
            try:
                had_its_own = "write" in vars(stream)
                original = stream.write
                ours = stream.write = _teed(original, self.recorder, name)
            except (AttributeError, TypeError):  # a stream that takes no attributes is left alone
                continue
            self._streams.append((stream, ours, original if had_its_own else None))

    def _stop_streams(self) -> None:
        """Put the writers back, but for those that the cell has replaced."""
        while self._streams:
            stream, ours, original = self._streams.pop()
            if stream.write is not ours:
                continue
            if original is None:
                del stream.write
            else:
                stream.write = original


def _teed(write: Callable[..., Any], target: Recorder, name: str) -> Callable[[str], Any]:
    process = os.getpid()

    def tee(text: str, *args: Any, **kwargs: Any) -> Any:
        written = write(text, *args, **kwargs)
        if type(text) is str and os.getpid() == process:
            target.outputs.stream(name, text)
        return written

    return tee


def _is_blank(result: Any) -> bool:
    """Whether this is the end of an empty cell, which has had no beginning."""
    raw = getattr(getattr(result, "info", None), "raw_cell", None)
    return isinstance(raw, str) and not raw.strip()


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def _status(error: BaseException | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
        return "interrupted"
    return "error"


def _kernel_id(ip: Any) -> str | None:
    """The identifier in the name of the connection file, ``kernel-ID.json``."""
    application = getattr(getattr(ip, "kernel", None), "parent", None)
    path = getattr(application, "connection_file", None)
    if not isinstance(path, str):
        return None
    name = Path(path).name.removesuffix(".json")
    return name.removeprefix("kernel-") or None


def load(ip: Any) -> None:
    """Begin recording in the shell `ip`; a second call changes nothing."""
    if _loaded(ip) is not None:
        return
    hooks = Hooks(ip)
    hooks.install()
    ip.celltrail_hooks = hooks
    import atexit

    atexit.register(hooks.recorder.close)


def unload(ip: Any) -> None:
    """Stop recording in the shell `ip` and leave it as it was."""
    hooks = _loaded(ip)
    if hooks is not None:
        hooks.remove()
        del ip.celltrail_hooks


def _loaded(ip: Any) -> Hooks | None:
    found = vars(ip).get("celltrail_hooks")
    return found if isinstance(found, Hooks) else None
