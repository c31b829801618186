"""``%mlops`` and ``%%mlops``: the notebook's way to ask and to label."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from celltrail.capabilities.capability import Capability, Parameter, Place, figure
from celltrail.capabilities.table import capabilities_of, chosen
from celltrail.capabilities.wording import clock
from celltrail.capture.files import asking
from celltrail.core.directive import VERBS, Directive, read_directive, transform_lines
from celltrail.core.errors import CelltrailError, StoreMissing, UsageFault
from celltrail.core.report import Answer, Report
from celltrail.faces.options import help_text, options_of, parse

_FACE = "magic"
_CELL_HELP = """\
%%mlops run [--name NAME] [-p name=value] [--tag key=value]
    First line of a cell: its execution belongs to a run of this name.
%%mlops off
    First line of a cell: the cell is not recorded."""


class Shown:
    """A report: a table where it stands last in a cell, data where it is kept.

    `to_dict` gives what ``--json`` prints, `to_frame` a pandas frame of it, `figure` a plotly
    figure, and `report` the report itself.
    """

    def __init__(self, report: Report, capability: Capability | None = None) -> None:
        self.report = report
        self._capability = capability

    def to_dict(self) -> Any:
        """Return the data: dicts and lists, numbers as they are (NaN included)."""
        return self.report.data()

    def to_frame(self) -> Any:
        """Return a pandas frame: a row for each result, run, edge or difference."""
        from celltrail.faces.api import records_frame

        records = self.report.records()
        return records_frame([self.report.data()] if records is None else records)

    def figure(self) -> Any:
        """Return a plotly figure, drawn now.

        Raises
        ------
        UsageFault
            If there is none; the hint says why.
        """
        if self._capability is None:
            raise UsageFault("This answer has no figure.")
        return figure(self._capability, self.report)

    def _repr_html_(self) -> str:
        from celltrail.faces import render

        return render.as_html(self.report)

    def __repr__(self) -> str:
        import shutil

        from celltrail.faces import render

        width = shutil.get_terminal_size((render.DEFAULT_WIDTH, 24)).columns
        return render.as_text(self.report, width=max(40, width))


class Magics:
    """The two magics of one shell, its input transformer and its completer."""

    def __init__(self, ip: Any) -> None:
        self.ip = ip

    def line(self, line: str) -> Any:
        """Answer ``%mlops …``."""
        try:
            words = shlex.split(line)
        except ValueError as fault:
            raise UsageError(f"{line!r} could not be read ({fault}).") from None
        try:
            return self._answer(words)
        except CelltrailError as fault:
            raise _usage_error(fault) from None

    def cell(self, line: str, body: str) -> Any:
        """Run ``%%mlops run`` and ``%%mlops off`` where no input transformer did (scripts)."""
        try:
            directive = read_directive(f"%%mlops {line}\n{body}")
            if directive is None:
                return self._other_cell(line)
        except CelltrailError as fault:
            raise _usage_error(fault) from None
        recorder = _recorder()
        if directive.verb == "off" and recorder is not None and recorder.cell is not None:
            raise UsageError(
                "`%%mlops off` comes too late here: the cell that calls it is recorded already;"
                " nothing was run.\n\nHint: write `# celltrail: off` in that cell, or run"
                " `%mlops off` in a cell before it."
            )
        if directive.verb != "run" or recorder is None or not recorder.recording:
            return self._run_body(body)
        return self._run_in(recorder, directive, body)

    def transform(self, lines: list[str]) -> list[str]:
        """Take the directive off a cell (pure; IPython's input transformer).

        A line with wrong options stays: the cell magic then says what is wrong, where an
        exception here would also end IPython's prompt, which transforms while one types.
        What a running cell runs in its turn (the body of a magic that we do not know) keeps
        its line as well: the cell magic obeys it or says why it cannot.
        """
        recorder = _recorder()
        running = None if recorder is None else recorder.cell
        if running is not None and "".join(lines).strip() != running.raw.strip():
            return lines
        try:
            return transform_lines(lines)
        except CelltrailError:
            return lines

    def complete(self, line: str) -> list[str]:
        """Return what may follow a line that starts with ``%mlops`` (its last word completed)."""
        words = line.lstrip().split()[1:]
        last = "" if line[-1:].isspace() or not words else words.pop()
        pool = self._cell_words(words) if line.lstrip().startswith("%%") else self._words(words)
        return [word for word in dict.fromkeys(pool) if word.startswith(last)]

    def _cell_words(self, words: list[str]) -> Sequence[str]:
        """Return what may follow on the first line of a cell."""
        if not words:
            return [*VERBS]
        return ["--name", "-p", "--tag"] if words[0] == "run" else []

    def _words(self, words: list[str]) -> Sequence[str]:
        """Return what may follow the words of a line."""
        known = capabilities_of(_FACE)
        firsts = [name.partition(" ")[0] for name in known]
        if not words:
            return [*firsts, "help", "--help"]
        if words == ["help"]:
            return firsts
        if words[0] == "help":
            words = words[1:]
        seconds = [name.partition(" ")[2] for name in known if name.startswith(f"{words[0]} ")]
        if seconds and len(words) == 1:
            return seconds
        try:
            capability, rest = chosen(words, _FACE)
        except UsageFault:
            return []
        return self._values(capability, rest)

    def _answer(self, words: list[str]) -> Any:
        if not words:
            return Shown(self._overview())
        if words[0] in ("help", "--help", "-h"):
            _say(self._help(words[1:]))
            return None
        capability, rest = chosen(words, _FACE)
        options = parse(capability, rest, _FACE)
        if options is None:
            _say(help_text(capability, _FACE))
            return None
        options.pop("help", None)
        wants_json = options.pop("json")
        place = _place(self.ip.user_ns)
        try:
            with asking():
                answer = capability.run(place, **options)
        except StoreMissing:
            if not capability.is_reading:
                raise
            answer = _no_store(place)
        if wants_json:
            from celltrail.faces import render

            _say(render.as_json(answer))
            return None
        return Shown(answer, capability)

    def _overview(self) -> Any:
        capabilities = capabilities_of(_FACE)
        found = capabilities["status"].run(_place())
        state = list(found.parts(clock()))[:3]
        names = ", ".join(capabilities)
        return Answer(found.data(), (*state, f"%mlops {{{names}}}"))

    def _help(self, words: list[str]) -> str:
        if not words:
            return general_help()
        if words[0] == "run":
            return _CELL_HELP
        capability, _ = chosen(words, _FACE)
        return help_text(capability, _FACE)

    def _other_cell(self, line: str) -> None:
        words = line.split()
        if not words or words[0] in ("help", "--help", "-h") or "--help" in words or "-h" in words:
            _say(_CELL_HELP)
            return
        if words[0] in capabilities_of(_FACE):
            raise UsageFault(
                f"{words[0]!r} works on a line of its own, not on a cell.",
                f"write `%mlops {line.strip()}`.",
            )
        raise UsageFault.unknown("%%mlops command", words[0], VERBS)

    def _run_in(self, recorder: Any, directive: Directive, body: str) -> Any:
        run = recorder.start_run(
            directive.name,
            nested=recorder.active_run is not None,
            tags=directive.tags,
            params=directive.params,
        )
        status = "error"
        try:
            value = self._run_body(body)
            status = "ok"
            return value
        finally:
            open_run = recorder.active_run
            if open_run is not None and open_run.id == run.id:
                recorder.end_run(status)

    def _run_body(self, body: str) -> Any:
        """Run a cell's code as IPython would, its error raised here and its last value returned."""
        import ast

        ip = self.ip
        code = ip.transform_cell(body)
        tree = ip.compile.ast_parse(code, filename="<mlops>")
        tree = ip.transform_ast(tree)
        last = tree.body[-1] if tree.body else None
        is_shown = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
        if is_shown and isinstance(last, ast.Expr):
            ahead = ast.Module(tree.body[:-1], [])
            exec(compile(ahead, "<mlops>", "exec"), ip.user_ns)  # noqa: S102 - the user's cell
            expression = ast.Expression(last.value)
            return eval(compile(expression, "<mlops>", "eval"), ip.user_ns)  # noqa: S307
        exec(compile(tree, "<mlops>", "exec"), ip.user_ns)  # noqa: S102 - the user's cell
        return None

    def _values(self, capability: Capability, words: list[str]) -> list[str]:
        options = options_of(capability, _FACE)
        by_flag = {flag: option for option in options for flag in option.flags}
        before = by_flag.get(words[-1]) if words else None
        if before is not None and before.kind != "flag":
            return self._completions(before)
        flags = [f for f in by_flag if f.startswith("-") and f not in words] + ["--help"]
        plain = next((option for option in options if not option.flags[0].startswith("-")), None)
        if plain is None:
            return flags
        is_first = not any(not word.startswith("-") for word in words)
        values = self._completions(plain) if is_first or plain.count == "*" else []
        return [*values, *flags]

    def _completions(self, option: Parameter) -> list[str]:
        if option.choices:
            return list(option.choices)
        if option.completes == "variables":
            return [name for name in self.ip.user_ns if not name.startswith("_")]
        return _stored_words(option.completes)


def register(ip: Any) -> None:
    """Add the magics, the input transformer and the completer to a shell; twice is once."""
    if getattr(ip, "celltrail_magics", None) is not None:
        return
    magics = Magics(ip)

    # IPython shows a magic's docstring for `%mlops?`, so it is the help itself.
    def mlops(line: str) -> Any:
        return magics.line(line)

    def mlops_cell(line: str, body: str) -> Any:
        return magics.cell(line, body)

    mlops.__doc__ = general_help()
    mlops_cell.__doc__ = _CELL_HELP
    ip.register_magic_function(mlops, "line", "mlops")
    ip.register_magic_function(mlops_cell, "cell", "mlops")
    transforms = ip.input_transformer_manager.cleanup_transforms
    names = [getattr(transform, "__name__", "") for transform in transforms]
    at = names.index("leading_empty_lines") + 1 if "leading_empty_lines" in names else 0
    transforms.insert(at, magics.transform)
    completer = _completer(magics)
    completers = getattr(ip, "Completer", None)
    if completers is not None:
        completers.custom_matchers.append(completer)
    ip.celltrail_magics = (magics, completer)


def unregister(ip: Any) -> None:
    """Take out what `register` added."""
    found = getattr(ip, "celltrail_magics", None)
    if found is None:
        return
    magics, completer = found
    transforms = ip.input_transformer_manager.cleanup_transforms
    transforms[:] = [t for t in transforms if t != magics.transform]
    completers = getattr(ip, "Completer", None)
    if completers is not None and completer in completers.custom_matchers:
        completers.custom_matchers.remove(completer)
    for kind in ("line", "cell"):
        ip.magics_manager.magics[kind].pop("mlops", None)
    del ip.celltrail_magics


def general_help() -> str:
    """Return what ``%mlops help`` and ``%mlops?`` show."""
    capabilities = capabilities_of(_FACE)
    size = max(map(len, capabilities))
    lines = [
        "%mlops            state, and what there is",
        "%mlops COMMAND    one of these; `%mlops COMMAND --help` says the rest",
        "",
        *(f"  {name:{size}}  {capability.summary}" for name, capability in capabilities.items()),
        "",
        "`r = %mlops results` keeps the answer: r.to_dict(), r.to_frame(). `--json` prints JSON.",
        "",
        _CELL_HELP,
    ]
    return "\n".join(lines)


def _completer(magics: Magics) -> Callable[[Any], Any]:
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="celltrail")  # type: ignore[untyped-decorator]
    def celltrail_matcher(context: Any) -> Any:
        """Complete commands, options and values of ``%mlops``."""
        before = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        head = before.lstrip()
        # `r = %mlops …` too
        start = head.find("%mlops ")
        if start < 0 or (start > 0 and not head[:start].rstrip().endswith(("=", "%"))):
            return {"completions": [], "suppress": False}
        start -= head[max(0, start - 1) : start] == "%"
        try:
            found = magics.complete(head[start:])
        except Exception:  # noqa: BLE001 - a completer must never disturb typing
            found = []
        # IPython replaces its token, which is shorter than our word at a dash or a dot.
        word = "" if before[-1:].isspace() else before.split()[-1]
        token = context.token
        cut = len(word) - len(token) if word.endswith(token) else 0
        completions = [SimpleCompletion(text=text[cut:], type="param") for text in found]
        return {"completions": completions, "suppress": bool(found), "ordered": True}

    matcher: Callable[[Any], Any] = celltrail_matcher
    return matcher


def _stored_words(kind: str | None) -> list[str]:
    """Return what a value may be, from the store; nothing where it cannot be read quickly."""
    if kind is None:
        return []
    from celltrail.store.database import connect
    from celltrail.store.snapshots import list_snapshots
    from celltrail.store.trail import known_words, notebook_paths

    connection = connect(_place().store, role="reader", lock_wait_seconds=0.02)
    try:
        if kind == "notebooks":
            return notebook_paths(connection)
        if kind == "snapshots":
            return list(dict.fromkeys(one.name for one in list_snapshots(connection)))
        words = known_words(connection, limit=50)
    finally:
        connection.close()
    if kind == "results":
        return ["latest", *words["results"], *words["runs"]]
    if kind == "columns":
        return [f"metrics.{n}" for n in words["metrics"]] + [f"params.{n}" for n in words["params"]]
    return []


def _say(text: str) -> None:
    print(text)  # noqa: T201 - help and JSON are text for the cell's output


def _place(namespace: Mapping[str, Any] | None = None) -> Place:
    from celltrail.store.location import find_store

    recorder = _recorder()
    store = recorder.store if recorder is not None else find_store(Path.cwd(), os.environ)
    return Place(store, os.environ, recorder, _FACE, namespace)


def _usage_error(fault: CelltrailError) -> UsageError:
    """Return what IPython shows without a traceback; names in it may be secrets."""
    return UsageError(_place().safe_text(str(fault)))


def _recorder() -> Any:
    """Return this process's recorder; None where recording was never loaded."""
    module = sys.modules.get("celltrail.capture.recorder")
    return None if module is None else module.current()


def _no_store(place: Place) -> Any:
    said = f"Nothing is recorded yet: there is no store at {place.store}."
    recorder = place.recorder
    if recorder is None:
        hint = "`%load_ext celltrail` starts recording in this kernel."
    elif not recorder.recording:
        hint = "Recording is off; `%mlops on` starts it."
    else:
        hint = "The first recorded cell makes it."
    return Answer([], (said, hint), rows=[])
