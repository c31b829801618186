"""``celltrail``: the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from celltrail.capabilities.capability import Capability, Place
from celltrail.capabilities.table import capabilities_of, chosen
from celltrail.core.errors import CelltrailError, UsageFault
from celltrail.faces.options import help_text, parse

DONE, SAID_NO, USAGE, COULD_NOT, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    argv : sequence of str or None
        The words after the program's name; None means `sys.argv`.

    Returns
    -------
    int
        0 done, 1 a check said no, 2 usage, 3 could not, 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    is_debug = "--debug" in words
    try:
        code = _run(words, os.environ, sys.stdout)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # `celltrail results | head`: what reads has gone, and the interpreter would
        # say so once more when it flushes at exit.
        _swallow_stdout()
        return DONE
    except KeyboardInterrupt:
        if is_debug:
            raise
        print("celltrail: interrupted", file=sys.stderr)
        return INTERRUPTED
    except CelltrailError as fault:
        if is_debug:
            raise
        _complain(fault.fact, fault.hint)
        return USAGE if isinstance(fault, UsageFault) else COULD_NOT
    except Exception as error:
        if is_debug:
            raise
        _complain(f"{type(error).__name__}: {error}", "--debug shows where; please report it.")
        return COULD_NOT


def overview() -> str:
    """Return what ``celltrail --help`` prints."""
    capabilities = capabilities_of("cli")
    size = max(map(len, capabilities))
    lines = [
        "usage: celltrail COMMAND [OPTIONS]",
        "",
        "Every notebook cell leaves a trail: read it, label it, look after it.",
        "",
        *(f"  {name:{size}}  {capability.summary}" for name, capability in capabilities.items()),
        "",
        "  --json       print JSON",
        "  --csv        print CSV",
        "  --store DIR  the .celltrail folder to use",
        "  --debug      show the traceback of an error",
        "  --version    print the version",
        "",
        "`celltrail COMMAND --help` says the rest.",
    ]
    return "\n".join(lines)


def _run(words: list[str], environ: Mapping[str, str], out: TextIO) -> int:
    before: list[str] = []
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in ("--help", "-h"):
            print(overview(), file=out)
            return DONE
        if word == "--version":
            import celltrail

            print(f"celltrail {celltrail.__version__}", file=out)
            return DONE
        name = word.partition("=")[0]
        if name not in ("--json", "--csv", "--debug", "--store"):
            known = ["--json", "--csv", "--debug", "--store", "--help", "--version"]
            raise UsageFault.unknown("option", name, known)
        before.append(word)
        if word == "--store" and words:
            before.append(words.pop(0))
    capabilities = capabilities_of("cli")
    if not words:
        if before:
            raise UsageFault("No command was given.", f"choose from {', '.join(capabilities)}.")
        print(overview(), file=out)
        return USAGE
    if words[0] == "help":
        return _help(words[1:], out)
    capability, words = chosen(words, "cli")
    options = parse(capability, [*before, *words], "cli")
    if options is None:
        print(help_text(capability, "cli"), file=out)
        return DONE
    return _answer(capability, options, environ, out)


def _answer(
    capability: Capability, options: dict[str, object], environ: Mapping[str, str], out: TextIO
) -> int:
    from celltrail.faces import render

    options.pop("help", None)
    options.pop("debug", None)
    wants_json, wants_csv = options.pop("json"), options.pop("csv")
    if wants_json and wants_csv:
        raise UsageFault("--json and --csv were both given; one is expected.")
    answer = capability.run(Place(_store(options.pop("store"), environ), environ), **options)
    if wants_json:
        text = render.as_json(answer)
    elif wants_csv:
        text = render.as_csv(answer)
    else:
        is_terminal = out.isatty()
        with_colour = is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        text = render.as_text(
            answer, width=_width(is_terminal=is_terminal), with_colour=with_colour
        )
    _print(text, out)
    return answer.code


def _help(words: list[str], out: TextIO) -> int:
    if not words:
        print(overview(), file=out)
        return DONE
    capability, _ = chosen(words, "cli")
    print(help_text(capability, "cli"), file=out)
    return DONE


def _store(named: object, environ: Mapping[str, str]) -> Path:
    from celltrail.store.location import FOLDER, find_store

    if isinstance(named, str):
        store = Path(named).expanduser().absolute()
        # The project's folder is meant as often as the store in it.
        inner = store / FOLDER
        return inner if store.name != FOLDER and inner.is_dir() else store
    return find_store(Path.cwd(), environ)


def _width(*, is_terminal: bool) -> int:
    import shutil

    from celltrail.faces.render import DEFAULT_WIDTH

    # A pipe has no width: a file is read in an editor, not cut for a screen.
    size = shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
    return max(40, size) if is_terminal or "COLUMNS" in os.environ else 10_000


def _print(text: str, out: TextIO) -> None:
    try:
        print(text, file=out)
    except UnicodeEncodeError:  # LANG=C: what it cannot show is shown as a question mark
        encoding = out.encoding or "ascii"
        print(text.encode(encoding, "replace").decode(encoding), file=out)


def _complain(fact: str, hint: str | None) -> None:
    from celltrail.core.redaction import SecretMemory

    safe = SecretMemory.of_environment(os.environ)
    _print(f"celltrail: {safe.redact(fact).text}", sys.stderr)
    if hint:
        _print(f"hint: {safe.redact(hint).text}", sys.stderr)


def _swallow_stdout() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
