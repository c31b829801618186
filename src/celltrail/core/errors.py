"""What celltrail says when it cannot do something: a fact, then what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar, Self

# More than this many near matches or choices is a wall of text, not a hint.
CHOICES_SHOWN = 8


class CelltrailError(Exception):
    """Everything that celltrail raises for a person to read.

    Parameters
    ----------
    fact : str
        What was found and what was expected, as a sentence for the notebook's reader.
    hint : str or None
        The next action; None when there is none.

    Attributes
    ----------
    code : str
        A stable word for programs (the REST answer's ``code``, the spool's cause).

    Examples
    --------
    >>> print(StoreLocked.waited("trail.db", 0.05))
    Another process kept trail.db locked for 0.05 s.
    <BLANKLINE>
    Hint: try again when it has finished; nothing that was recorded is lost.
    """

    code: ClassVar[str] = "error"

    def __init__(self, fact: str, hint: str | None = None) -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint

    def __str__(self) -> str:
        return self.fact if self.hint is None else f"{self.fact}\n\nHint: {self.hint}"

    def __reduce__(self) -> tuple[type[Self], tuple[str, str | None]]:
        # Exceptions pickle by `args`, which holds the fact alone; workers send errors home.
        return type(self), (self.fact, self.hint)


class StoreMissing(CelltrailError):
    """There is no store where one was looked for."""

    code = "store-missing"

    @classmethod
    def at(cls, store: object) -> Self:
        """Return the error for a folder that holds no trail."""
        return cls(
            f"No trail was found at {store}.",
            "run a cell with recording on, or set CELLTRAIL_STORE to the .celltrail folder.",
        )


class StoreLocked(CelltrailError):
    """Another process holds the store's write lock."""

    code = "store-locked"

    @classmethod
    def waited(cls, file: object, seconds: float) -> Self:
        """Return the error for a lock that was not granted within `seconds`."""
        return cls(
            f"Another process kept {file} locked for {seconds:g} s.",
            "try again when it has finished; nothing that was recorded is lost.",
        )


class StoreFull(CelltrailError):
    """The disk, a quota or a size limit took no more."""

    code = "store-full"

    @classmethod
    def at(cls, file: object, reason: str) -> Self:
        """Return the error for a write that the disk refused with `reason`."""
        return cls(
            f"The disk took no more for {file} ({reason}).",
            "free some space or raise the quota; `celltrail gc` removes what nothing refers to.",
        )


class StoreReadOnly(CelltrailError):
    """The store cannot be written by this user."""

    code = "store-read-only"

    @classmethod
    def at(cls, file: object, reason: str) -> Self:
        """Return the error for a file or folder that refused writing with `reason`."""
        return cls(
            f"{file} cannot be written ({reason}).",
            "make the folder writable, or set CELLTRAIL_STORE to a folder that is.",
        )


class StoreCorrupt(CelltrailError):
    """The database file is damaged, or is no database."""

    code = "store-corrupt"

    @classmethod
    def at(cls, file: object, reason: str) -> Self:
        """Return the error for a file in which SQLite found `reason`."""
        return cls(
            f"{file} is damaged ({reason}).",
            "run `celltrail doctor --repair`, which copies what can be read into a new file and "
            "keeps this one beside it.",
        )


class StoreTooNew(CelltrailError):
    """The store was written by a newer celltrail."""

    code = "store-too-new"

    @classmethod
    def at(cls, file: object, migrations: Iterable[str]) -> Self:
        """Return the error for a file with migrations that this version does not know."""
        names = ", ".join(sorted(migrations))
        return cls(
            f"{file} was written by a newer celltrail (it has {names}).",
            "upgrade with `pip install -U celltrail`; this version leaves the file as it is.",
        )


class NotFound(CelltrailError):
    """No such execution, notebook, result, run or name."""

    code = "not-found"

    @classmethod
    def named(cls, what: str, wanted: str, known: Iterable[str] = ()) -> Self:
        """Return the error for a `what` called `wanted`, with the nearest of the `known` ones.

        Parameters
        ----------
        what : str
            The kind of thing, in the singular ("result", "notebook").
        wanted : str
            What was asked for.
        known : iterable of str
            What exists; empty when there is none or too many to list.
        """
        hint = _nearest(wanted, known) or "nothing is there to choose from yet."
        return cls(f"There is no {what} {wanted!r}.", hint)


class UsageFault(CelltrailError):
    """A filter, column, option or sub-command that celltrail does not understand."""

    code = "usage"

    @classmethod
    def unknown(cls, what: str, found: str, choices: Iterable[str]) -> Self:
        """Return the error for a `found` that is none of the `choices`."""
        return cls(f"There is no {what} {found!r}.", _nearest(found, choices))

    @classmethod
    def unreadable(cls, what: str, found: str, expected: str) -> Self:
        """Return the error for a text that does not read as the `expected` form."""
        return cls(f"The {what} {found!r} could not be read.", f"expected {expected}.")


class SettingsError(CelltrailError):
    """The settings file cannot be read, or holds something else than expected."""

    code = "settings"

    @classmethod
    def unreadable(cls, file: object, reason: str) -> Self:
        """Return the error for a file that is no TOML, or that cannot be opened."""
        return cls(
            f"{file} could not be read ({reason}).",
            "correct or delete it; until then the defaults are in force.",
        )

    @classmethod
    def wrong(cls, place: object, name: str, found: object, expected: str) -> Self:
        """Return the error for a setting whose value is not of the `expected` form."""
        return cls(
            f"{place} sets {name} to {found!r}; expected {expected}.",
            f"correct or remove {name}; until then its default is in force.",
        )


def _nearest(wanted: str, known: Iterable[str]) -> str | None:
    choices = sorted(set(known))
    if not choices:
        return None
    near = difflib.get_close_matches(wanted, choices, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    shown = ", ".join(choices[:CHOICES_SHOWN])
    left = len(choices) - CHOICES_SHOWN
    return f"choose from {shown}" + (f" and {left} more." if left > 0 else ".")
