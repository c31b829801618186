"""The recipe of a result as a report: what to run again, in order, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Code, Part, Report, Table, When
from celltrail.core.wording import counted, cut

_CODE_WIDTH = 34  # of a dropped execution's first line


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One execution, kept or dropped.

    Attributes
    ----------
    execution : str
        Identifier, 32 digits.
    row : int
        Row id in the store.
    notebook, cell : str or None
    count : int or None
        Its number in ``In [n]``.
    status : str
    started_at : int
        Microseconds since 1970.
    code : str
        As executed, without secrets.
    reason : str
        Why it is kept or dropped.
    kept : bool
    names : tuple of str
        What later kept executions need of it.
    """

    execution: str
    row: int
    notebook: str | None
    cell: str | None
    count: int | None
    status: str
    started_at: int
    code: str
    reason: str
    kept: bool
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeReport(Report):
    """The smallest ordered list of executions that is known to make a result again.

    Attributes
    ----------
    result : str
        Identifier of the result, or of the execution that was asked for.
    steps : tuple of RecipeStep
        Kept executions, in true order.
    dropped : tuple of RecipeStep
        The other executions of the sessions involved, up to the result; () where nobody
        asked for them.
    dropped_count : int
        How many they are.
    unseeded : tuple of str
        Random generators that kept executions drew from without a seed.
    opaque : tuple of str
        What the observers could not see into (shell, exec) in kept executions.
    redacted : tuple of str
        Environment variables that stand for secrets in what is exported.
    outside : tuple of str
        Names that kept executions used and that no recorded execution made.
    """

    kind: ClassVar[str] = "recipe"

    result: str
    steps: tuple[RecipeStep, ...] = ()
    dropped: tuple[RecipeStep, ...] = ()
    dropped_count: int = 0
    unseeded: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - no time is shown
        """Yield the code of each kept execution with its reason, then the dropped ones."""
        notebooks = {step.notebook for step in self.steps if step.notebook}
        for step in self.steps:
            book = f"{Path(step.notebook).name}  " if step.notebook and len(notebooks) > 1 else ""
            yield f"{book}{label(step)}  {step.reason}"
            yield Code(step.code)
        if self.dropped:
            yield Table(
                ("dropped", "reason", "code"),
                tuple(
                    (
                        label(step),
                        step.reason.removeprefix("dropped: "),
                        cut(first_line(step.code), _CODE_WIDTH),
                    )
                    for step in self.dropped
                ),
            )
        elif self.dropped_count:
            yield f"{counted(self.dropped_count, 'execution')} not needed; --dropped lists them"

    def data(self) -> list[dict[str, Any]]:
        """Return the kept executions, in order; with the dropped ones where asked."""
        chosen = self.steps
        if self.dropped:
            chosen = tuple(
                sorted((*self.steps, *self.dropped), key=lambda step: (step.started_at, step.row))
            )
        return [
            {
                "id": step.execution,
                "notebook": step.notebook,
                "cell": step.cell,
                "count": step.count,
                "status": step.status,
                "started_at": step.started_at,
                "code": step.code,
                "reason": step.reason,
                "kept": step.kept,
                "names": list(step.names),
            }
            for step in chosen
        ]

    def records(self) -> list[dict[str, Any]]:
        """Return the same rows as `data`."""
        return self.data()


def label(step: RecipeStep) -> str:
    """Return how people call an execution: ``In [7]`` with its short identifier."""
    digits = short(step.execution)
    return digits if step.count is None else f"In [{step.count}] {digits}"


def first_line(code: str) -> str:
    """Return the first line that says something."""
    return next((line.strip() for line in code.splitlines() if line.strip()), "")
