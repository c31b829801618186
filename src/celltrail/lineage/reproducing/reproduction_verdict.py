"""The verdict on a result that ran again: the word, the sentence, and what to know beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from celltrail.core.identifiers import short
from celltrail.core.report import Finding
from celltrail.core.wording import counted
from celltrail.lineage.reproducing.departure import Comparison, MetricPair
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.lineage.reproducing.reproduction_facts import (
    Halt,
    Outcome,
    file_sentence,
    label,
    sentence,
)

_SHOWN = 8  # names in one sentence


def outcome_of(
    comparison: Comparison,
    metrics: tuple[MetricPair, ...],
    *,
    halt: Halt | None,
    is_redacted: bool,
    is_input_changed: bool,
) -> Outcome:
    """Return the verdict on a result.

    Parameters
    ----------
    comparison : Comparison
    metrics : tuple of MetricPair
        Those of the result alone.
    halt : Halt or None
    is_redacted : bool
        Whether a secret was read from the environment.
    is_input_changed : bool
        Whether a file was not what it had been.
    """
    if halt is not None and halt.why in {"outside", "secret"}:
        return "unknown"
    agreements = {pair.agreement for pair in metrics}
    is_departed = comparison.departure is not None or is_input_changed
    is_known = not comparison.sampled and not comparison.unknown
    if halt is None and is_known and not is_departed and agreements == {"same"}:
        return "identical"
    if is_redacted:
        return "unknown"
    if halt is not None or comparison.failed:
        return "different"
    if agreements and agreements <= {"same", "close"}:
        return "equivalent"
    if agreements == {"missing"} and comparison.departure is None:
        return "unknown"
    return "different"


def summary_of(report: ReproduceReport) -> str:
    """Return the verdict in one sentence."""
    name = short(report.result.partition(".")[0]) + "".join(report.result.partition(".")[1:])
    said = f"{name} is {report.outcome}"
    if report.outcome == "identical":
        return f"{said}: every metric and {counted(report.compared, 'content')} came out the same"
    if report.halt is not None and report.halt.why != "error":
        place = label(report.halt.execution, report.halt.count)
        return f"{said}: {place} {report.halt.message}"
    if report.outcome == "equivalent":
        close = [pair.name for pair in report.metrics if pair.agreement == "close"]
        said += ": its metrics are the same"
        said += f" within {report.tolerance:g}" if close else ""
        half_known = len(report.sampled) + len(report.unknown)
        if half_known and report.departure is None:
            said += f"; {counted(half_known, 'content')} could not be compared in full"
    if report.outcome == "unknown" and report.redacted:
        said += f": it needs secrets that are not kept ({', '.join(report.redacted)})"
    first = [file_sentence(file) for file in report.files[:1]]
    first += [sentence(report.departure)] if report.departure is not None else []
    return f"{said}; first departs {', then '.join(first)}" if first else said


def findings_of(report: ReproduceReport, causes: Iterable[str]) -> tuple[Finding, ...]:
    """Return what people should know beside the verdict, worst first.

    Parameters
    ----------
    report : ReproduceReport
        Without its findings.
    causes : iterable of str
        Generators that the departing execution itself drew from without a seed.
    """
    return tuple(_findings(report, tuple(causes)))


def _findings(report: ReproduceReport, causes: tuple[str, ...]) -> Iterator[Finding]:
    departure = report.departure
    if departure is not None and causes:
        yield Finding(
            "failed" if report.outcome == "different" else "warning",
            f"{label(departure.execution, departure.count)} drew from {', '.join(causes)}"
            " without a seed",
            "seed the generator in a cell before it",
            (departure.execution,),
        )
    elif report.unseeded:
        yield Finding(
            "warning", f"random numbers were drawn without a seed: {', '.join(report.unseeded)}"
        )
    for file in report.files:
        yield Finding("warning", file_sentence(file), executions=(file.execution,))
    for change in report.packages:
        yield Finding("warning", f"{change.name} was {change.recorded} and is {change.present} now")
    if report.halt is not None and report.halt.why == "outside":
        place = label(report.halt.execution, report.halt.count)
        yield Finding(
            "unknown",
            f"{place} {report.halt.message}",
            "add --yes to let it",
            (report.halt.execution,),
        )
    if report.redacted:
        yield Finding(
            "unknown",
            f"secrets were read from the environment: {', '.join(report.redacted)}",
            "set these variables to what they were",
        )
    for names, said in (
        (report.sampled, "compared by a sample only"),
        (report.unknown, "could not be compared"),
    ):
        if names:
            yield Finding("unknown", f"{said}: {_listed(names)}")
    if report.aside:
        names = tuple(dict.fromkeys(found.name or "" for found in report.aside))
        yield Finding("ok", f"differs, and the result does not depend on it: {_listed(names)}")
    if report.in_place:
        yield Finding("ok", f"read where it is, outside of the project: {_listed(report.in_place)}")


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
