"""Runs recorded cells again, one after the other, each session's in a kernel of its own."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from celltrail.core.identifiers import ENTROPY_BYTES, new_id
from celltrail.core.redaction import SecretMemory
from celltrail.core.wording import cut
from celltrail.lineage.recipes.recipe_redactions import restored
from celltrail.lineage.reproducing.reproduction import KIND
from celltrail.lineage.reproducing.reproduction_facts import Halt, label
from celltrail.pipeline.clean_kernel import CleanKernel, KernelFault, Reply
from celltrail.pipeline.reproduction_folder import Layout, absolute, is_below
from celltrail.pipeline.reproduction_guard import REFUSED
from celltrail.store.traces import Content, Trace

# Tells a kernel that it is one, so that a recipe that holds `%mlops reproduce` ends.
REPRODUCING = "CELLTRAIL_REPRODUCING"
_LOAD = "get_ipython().extension_manager.load_extension('celltrail')"
_GUARD = "__import__('celltrail.pipeline.reproduction_guard', fromlist=['install']).install"
_SAMPLE = "__import__('celltrail.core.digest', fromlist=['sample_digest']).sample_digest"
# What Jupyter and editors say of the process that asks is not true of the one that runs.
_NOT_PASSED_ON = ("CELLTRAIL", "JPY_", "VSCODE_")


@dataclass(frozen=True, slots=True)
class Ran:
    """One recorded execution that ran again.

    Attributes
    ----------
    kernel : str
        Identifier of the kernel.
    reply : Reply
    """

    kernel: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Rerun:
    """What running a recipe gave, apart from what was recorded of it.

    Attributes
    ----------
    run : str
        Identifier of the run of kind ``reproduce``.
    ran : tuple of Ran
        Executions whose cells ended, in order.
    halt : Halt or None
        Why the rest did not run.
    """

    run: str
    ran: tuple[Ran, ...]
    halt: Halt | None


@dataclass(slots=True)
class _Kernels:
    """The kernels of a run, by the session whose cells they run."""

    layout: Layout
    scratch: Path
    environment: Mapping[str, str]
    guard: tuple[str, ...] | None
    stack: ExitStack
    started: dict[str, CleanKernel] = field(default_factory=dict)

    def of(self, session: str) -> CleanKernel:
        """Return the kernel of a session, started and recording."""
        if session in self.started:
            return self.started[session]
        home = self.layout.homes[session]
        # A module whose file was not seen opening is found in the project itself.
        paths = [self.environment.get("PYTHONPATH", ""), home.working, home.folder]
        environment = {**self.environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        kernel = CleanKernel(
            self.scratch,
            _identifier(),
            working=Path(self.layout.working(session)),
            environment=environment,
        )
        self.started[session] = self.stack.enter_context(kernel)
        setup = [_LOAD]
        if self.guard is not None:
            setup.append(f"{_GUARD}{self.guard!r}")
        for code in setup:
            reply = kernel.run(code, silent=True)
            if reply.error is not None:
                raise KernelFault(f"could not record: {reply.error}")
        return kernel


def run_again(
    recipe: Sequence[Trace],
    layout: Layout,
    scratch: Path,
    *,
    store: Path,
    environ: Mapping[str, str],
    guarded: bool,
    timeout: float | None,
    progress: Callable[[str], None],
) -> Rerun:
    """Run executions again in the copy, recorded in the project's store.

    Parameters
    ----------
    recipe : sequence of Trace
    layout : Layout
    scratch : Path
        A temporary folder with a short path, beside the copy or around it.
    store : Path
        The ``.celltrail`` folder.
    environ : mapping
        What the kernels' environment is made from.
    guarded : bool
        Whether writing outside of the copy and other machines are refused.
    timeout : float or None
        Seconds that one cell may take.
    progress : callable
        Gets a line before each cell.
    """
    run = _identifier()
    temporary = scratch / "tmp"
    temporary.mkdir()
    environment = kernel_environment(environ, store=store, run=run, temporary=temporary)
    guard = (layout.copy, str(scratch), layout.root, str(store)) if guarded else None
    ran: list[Ran] = []
    halt = None
    safe = _Safe(environ)
    with ExitStack() as stack:
        kernels = _Kernels(layout, scratch, environment, guard, stack)
        for position, trace in enumerate(recipe, 1):
            place = label(trace.id, trace.count)
            progress(f"{position} of {len(recipe)}  {place}  {cut(_first_line(trace.code), 60)}")
            try:
                kernel = kernels.of(trace.session)
                reply = _run_one(kernel, trace, timeout)
            except KernelFault as fault:
                halt = Halt(trace.id, trace.count, fault.why, safe.text(fault.fact))
                break
            ran.append(Ran(kernel.name, reply))
            halt = _halt(trace, reply, safe)
            if halt is not None:
                break
    return Rerun(run, tuple(ran), halt)


def kernel_environment(
    environ: Mapping[str, str], *, store: Path, run: str, temporary: Path
) -> dict[str, str]:
    """Return the environment of a kernel that reproduces.

    Parameters
    ----------
    environ : mapping
        The present one.
    store : Path
    run : str
        Identifier of the run that its executions belong to.
    temporary : Path
        Its temporary folder. The copy is not in it, for capture ignores temporary files.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(_NOT_PASSED_ON)}
    return kept | {
        "CELLTRAIL": "on",
        "CELLTRAIL_EXACT": "on",
        "CELLTRAIL_STORE": str(store),
        "CELLTRAIL_CLIENT": KIND,
        "CELLTRAIL_RUN": json.dumps({"id": run, "name": None, "kind": KIND}),
        REPRODUCING: run,
        "PYTHONDONTWRITEBYTECODE": "1",  # modules of the project are read where they are
        "TMPDIR": str(temporary),
    }


def trace_of_rerun(
    recorded: Trace, present: Trace, reply: Reply, layout: Layout, *, working: str
) -> Trace:
    """Return what a second run left, under the names that the first one gave.

    Parameters
    ----------
    recorded, present : Trace
    reply : Reply
        Holds samples of what the first run knew by a sample only.
    layout : Layout
    working : str
        The folder to which the second run's paths are relative.
    """
    home = layout.homes[recorded.session].folder

    def renamed(name: str) -> str:
        if not name.startswith("file:"):
            return name
        path = layout.outside(absolute(name, working))
        return f"file:{os.path.relpath(path, home) if is_below(path, home) else path}"

    made = {
        renamed(content.name): replace(content, name=renamed(content.name))
        for content in present.made
    }
    for content in recorded.made:
        sample = reply.values.get(content.name)
        if sample is not None:
            found = made.get(content.name, content)
            made[content.name] = replace(
                found, digest=ast.literal_eval(sample), scope="sampled", columns=()
            )
    written = frozenset(map(renamed, present.written))
    return replace(present, made=tuple(made.values()), written=written)


def _run_one(kernel: CleanKernel, trace: Trace, timeout: float | None) -> Reply:
    if trace.count is not None:
        # ``_7`` and ``Out[7]`` mean the same as they did.
        kernel.run(
            f"get_ipython().execution_count = max(get_ipython().execution_count, {trace.count})",
            silent=True,
        )
    samples = {
        content.name: f"{_SAMPLE}({content.name}).value"
        for content in trace.made
        if _is_sampled_variable(content)
    }
    return kernel.run(runnable(trace.code), timeout=timeout, expressions=samples)


def runnable(code: str) -> str:
    """Return code with the secrets that were taken out of it read from the environment."""
    found = restored(code)
    text = found.code
    for name in found.names:  # the notebook need not have imported os
        reading = f'os.environ["{name}"]'
        text = text.replace(reading, f'__import__("os").environ["{name}"]')
    return text


def _is_sampled_variable(content: Content) -> bool:
    return content.scope == "sampled" and content.name.isidentifier()


class _Safe:
    """Takes what the environment calls secret out of what a kernel says."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._memory = SecretMemory.of_environment(environ)

    def text(self, text: str) -> str:
        """The text as it may be written."""
        return self._memory.redact(text).text


def _halt(trace: Trace, reply: Reply, safe: _Safe) -> Halt | None:
    """Return why an execution ends the run; None where it went as it had."""
    error = reply.error
    if error is None:
        return None
    missing: Any = next(
        (name for name in restored(trace.code).names if error == f"KeyError: {name!r}"), None
    )
    if REFUSED in error:
        said = safe.text(error.partition(REFUSED)[2].strip().rstrip("'\")"))
        return Halt(trace.id, trace.count, "outside", f"was stopped: {said}")
    if missing is not None:
        return Halt(trace.id, trace.count, "secret", f"needs {missing}, which is not set")
    if trace.status == "error":
        return None
    return Halt(trace.id, trace.count, "error", safe.text(error))


def _identifier() -> str:
    return new_id(time.time_ns() // 1000, os.urandom(ENTROPY_BYTES))


def _first_line(code: str) -> str:
    return next((line.strip() for line in code.splitlines() if line.strip()), "")
