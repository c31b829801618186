"""Words into options: one parser for the magic, the command line and the routes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from celltrail.capabilities.capability import REST, Capability, Parameter
from celltrail.core.errors import UsageFault

# Options that every command takes; `--store` and `--debug` on the command line only.
FORMATS = (
    Parameter(("--json",), "print JSON", "flag"),
    Parameter(("--csv",), "print CSV", "flag"),
)
CLI_OPTIONS = (
    Parameter(("--store",), "the .celltrail folder to use", metavar="FOLDER"),
    Parameter(("--debug",), "show the traceback of an error", "flag"),
)


_TYPES: dict[str, type[int | float]] = {"number": int, "real": float}


class _Parser(argparse.ArgumentParser):
    """Raises where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        command = self.prog.partition(" ")[2]  # whoever says it begins with the program's name
        raise UsageFault(f"{command}: {message}.", f"`{self.prog} --help` shows how it is used.")


def options_of(capability: Capability, face: str) -> tuple[Parameter, ...]:
    """Return every option of a command on a face, the common ones last."""
    if face == "cli":
        return (*capability.parameters, *FORMATS, *CLI_OPTIONS)
    if face == REST:
        return tuple(option for option in capability.parameters if not option.is_act)
    return (*capability.parameters, FORMATS[0])


def parse(capability: Capability, words: Sequence[str], face: str) -> dict[str, Any] | None:
    """Return the options that the words spell; None when they ask for help.

    Raises
    ------
    UsageFault
        If a word is no option of the command, with near matches, or a value is wrong.
    """
    before = list(words[: words.index("--")]) if "--" in words else words
    if "--help" in before or "-h" in before:
        return None
    options = options_of(capability, face)
    parser = _parser(capability, face)
    found, extra = parser.parse_known_args(_joined(words, options))
    if extra:
        known = [flag for option in options for flag in option.flags if flag.startswith("-")]
        if extra[0].startswith("-"):
            name = extra[0].partition("=")[0]
            raise UsageFault.unknown(f"option of {capability.name}", name, [*known, "--help"])
        raise UsageFault(
            f"{capability.name} was given {extra[0]!r}, which it does not expect.",
            f"quote a text with blanks; `{parser.prog} --help` shows how it is used.",
        )
    return vars(found)


def help_text(capability: Capability, face: str) -> str:
    """Return a command's help."""
    return _parser(capability, face).format_help().rstrip()


def program(face: str) -> str:
    """Return the word before a command: ``%mlops``, elsewhere ``celltrail``."""
    return "%mlops" if face == "magic" else "celltrail"


def _parser(capability: Capability, face: str) -> _Parser:
    description = (capability.run.__doc__ or capability.summary).strip().splitlines()[0]
    prog = f"{program(face)} {capability.name}"
    parser = _Parser(
        prog=prog,
        description=description,
        epilog=f"example: {program(face)} {capability.example}" if capability.example else None,
        allow_abbrev=False,
        add_help=False,
    )
    # `%` starts a placeholder in argparse's templates, and the usage line is one.
    parser.usage = _usage(capability, face)
    for option in options_of(capability, face):
        _add(parser, option)
    parser.add_argument("--help", "-h", action="store_true", help="show this help")
    return parser


def _usage(capability: Capability, face: str) -> str:
    words = [program(face).replace("%", "%%"), capability.name]
    for option in options_of(capability, face):
        if option.flags[0].startswith("-"):
            value = "" if option.kind == "flag" else f" {option.metavar or 'TEXT'}"
            words.append(f"[{option.flags[0]}{value}]")
        else:
            name = option.metavar or option.name
            words.append(
                {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} ..."}.get(
                    option.count or "", name
                )
            )
    return " ".join(words)


def _add(parser: argparse.ArgumentParser, option: Parameter) -> None:
    details: dict[str, Any] = {"help": option.help.replace("%", "%%")}
    if option.kind == "flag":
        details["action"] = "store_true"
    else:
        details["default"] = option.default
        if option.kind in _TYPES:
            details["type"] = _TYPES[option.kind]
        if option.choices:
            details["choices"] = option.choices
        if option.metavar:
            details["metavar"] = option.metavar
        if option.count == "append":
            details["action"] = "append"
        elif option.count:
            details["nargs"] = option.count
    parser.add_argument(*option.flags, **details)


def _joined(words: Sequence[str], options: Sequence[Parameter]) -> list[str]:
    """Join ``--sort -auc`` to one word, which argparse would take for two options."""
    valued = {
        flag
        for option in options
        if option.kind != "flag"
        for flag in option.flags
        if flag[:2] == "--"
    }
    flags = {flag for option in options for flag in option.flags} | {"--help", "-h", "--"}
    joined: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*joined, word, *rest]
        if word in valued and rest and rest[0].startswith("-") and rest[0] not in flags:
            word = f"{word}={rest.pop(0)}"
        joined.append(word)
    return joined
