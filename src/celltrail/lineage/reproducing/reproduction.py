"""What running a recipe again gave: the report, and the newest one of each result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted
from celltrail.lineage.reproducing.departure import Departure, MetricPair
from celltrail.lineage.reproducing.reproduction_facts import (
    ChangedFile,
    Halt,
    Outcome,
    PackageChange,
)
from celltrail.store.journal import newest_reports
from celltrail.store.trail import Connection

KIND = "reproduce"


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The newest verdict on a result.

    Attributes
    ----------
    outcome : str
        identical, equivalent, different or unknown.
    at : int
        Microseconds since 1970.
    report : str
        Identifier of the report.
    summary : str
    """

    outcome: str
    at: int
    report: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproduceReport(Report):
    """Whether a result came out again.

    Attributes
    ----------
    result : str
        Identifier of the result.
    outcome : str
        ``identical``: all contents on the way are known in full, and they and all metrics
        are equal. ``equivalent``: the metrics are, within the tolerance. ``different``,
        or ``unknown``.
    departure : Departure or None
        The first content, error or metric that came out otherwise.
    files : tuple of ChangedFile
        Inputs that were not what they had been, before anything ran.
    halt : Halt or None
    metrics : tuple of MetricPair
        Those of the result.
    packages : tuple of PackageChange
    unseeded : tuple of str
        Generators that recorded executions drew from without a seed.
    redacted : tuple of str
        Environment variables that were read in the place of secrets.
    aside : tuple of Departure
        What differs and the result does not depend on.
    sampled, unknown : tuple of str
        Names compared by a sample, and not at all.
    in_place : tuple of str
        Inputs outside of the project, read where they are.
    compared, ran, asked : int
        Contents compared in full; executions that ran; executions of the recipe.
    tolerance : float
    seconds : float
    run : str
        Identifier of the run that holds the new executions.
    executions : tuple of str
        The recorded executions of the recipe.
    at : int
        Microseconds since 1970.
    folder : str or None
        The copy, where it was kept.
    """

    kind: ClassVar[str] = KIND

    result: str
    outcome: Outcome
    departure: Departure | None = None
    files: tuple[ChangedFile, ...] = ()
    halt: Halt | None = None
    metrics: tuple[MetricPair, ...] = ()
    packages: tuple[PackageChange, ...] = ()
    unseeded: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    aside: tuple[Departure, ...] = ()
    sampled: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    in_place: tuple[str, ...] = ()
    compared: int = 0
    ran: int = 0
    asked: int = 0
    tolerance: float = 1e-9
    seconds: float = 0.0
    run: str = ""
    executions: tuple[str, ...] = ()
    at: int = 0
    folder: str | None = None

    def body(self, when: When) -> Iterator[Part]:
        """Yield what was run and when, and the metrics of both runs."""
        yield (
            f"{self.ran:,} of {counted(self.asked, 'execution')} ran again,"
            f" {when(self.at)}, in {self.seconds:.1f} s;"
            f" {counted(self.compared, 'content')} compared in full"
        )
        if self.metrics:
            yield Table(
                ("metric", "recorded", "now", ""),
                tuple(_metric_row(pair) for pair in self.metrics),
                right=frozenset({1, 2}),
            )
        if self.folder is not None:
            yield f"the copy is kept in {self.folder}"

    def records(self) -> list[dict[str, Any]]:
        """Return the metrics of both runs."""
        return [
            {
                "metric": pair.name,
                "step": pair.step,
                "recorded": pair.recorded,
                "present": pair.present,
                "agreement": pair.agreement,
            }
            for pair in self.metrics
        ]


def reproductions(connection: Connection, results: Iterable[str]) -> dict[str, Reproduced]:
    """Return the newest verdict on each of some results, in one query.

    Parameters
    ----------
    connection : Connection
    results : iterable of str
        Identifiers of results, with their step.
    """
    return {
        target: Reproduced(
            str(kept.document.get("outcome", "unknown")), kept.at, kept.id, kept.summary
        )
        for target, kept in newest_reports(connection, results, KIND).items()
    }


def _metric_row(pair: MetricPair) -> tuple[str, str, str, str]:
    name = pair.name if pair.step is None else f"{pair.name} (step {pair.step})"
    present = "" if pair.present is None else repr(pair.present)
    return name, repr(pair.recorded), present, pair.agreement
