"""What a replay of recorded calls knows of each variable: its rows, its past, its model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from celltrail.core.records import CallRecord
from celltrail.lineage.leakage.row_sets import RowSet

_serial = itertools.count()


@dataclass(slots=True, eq=False)
class Model:
    """An estimator, shared by all names that stand for it."""

    fits: tuple[Fit, ...] = ()


@dataclass(slots=True, eq=False)
class Value:
    """One state of a variable.

    Attributes
    ----------
    rows : tuple of RowSet
        It holds the rows of all of them; () where that is not known.
    maybe : tuple of RowSet
        Its rows, if it turns out to have as many.
    fits : frozenset of Fit
        Transformers that it went through.
    predictions : tuple of Prediction
        It was made from these.
    model : Model or None
    items : dict of str or None to Value
        Columns or items with a past of their own; None is one whose key is not known.
    varied : bool
        Another content at each turn of a loop.
    cross_validated : bool
        Holds predictions for rows that their models were not fitted on.
    is_names : bool
        Holds columns' names, and no rows.
    shape : tuple of int
    digest : str or None
    name : str or None
    """

    rows: tuple[RowSet, ...] = ()
    maybe: tuple[RowSet, ...] = ()
    fits: frozenset[Fit] = frozenset()
    predictions: tuple[Prediction, ...] = ()
    model: Model | None = None
    items: dict[str | None, Value] = field(default_factory=dict)
    varied: bool = False
    cross_validated: bool = False
    is_names: bool = False
    shape: tuple[int, ...] = ()
    digest: str | None = None
    name: str | None = None
    serial: int = field(default_factory=lambda: next(_serial))

    def all_fits(self) -> frozenset[Fit]:
        """Return the transformers that any part of it went through."""
        return self.fits.union(*(item.all_fits() for item in self.items.values()))

    def settled_rows(self) -> tuple[RowSet, ...]:
        """Return its rows; a set of their own where nothing is known."""
        if not self.rows and not self.is_names:
            count = self.shape[0] if self.shape else None
            self.rows = (RowSet(count=count, name=self.name, varying=self.varied),)
        return self.rows


@dataclass(slots=True, eq=False)
class Step:
    """A recorded call of one execution."""

    execution: int
    code: int
    call: CallRecord


@dataclass(slots=True, eq=False)
class Fit(Step):
    """An estimator was fitted on `data`.

    Attributes
    ----------
    data : Value
    rows : tuple of RowSet
        Of `data`; of a resampler's outcome too, whose rows are made from them.
    text : str
        The data as written, about.
    target : Value or None
        y, where it was given.
    watched : tuple of (str, Value)
        Data handed over to be scored during the fit: ``eval_set``.
    """

    data: Value
    rows: tuple[RowSet, ...]
    text: str
    target: Value | None = None
    watched: tuple[tuple[str, Value], ...] = ()

    @property
    def class_name(self) -> str:
        """The class without its module; several in a loop are joined."""
        names = [name.rpartition(".")[2] for name in self.call.classes]
        return ", ".join(names) or "an estimator"


@dataclass(slots=True, eq=False)
class Prediction(Step):
    """A model, as it was fitted then, spoke about `data`."""

    fits: tuple[Fit, ...]
    data: Value
    text: str


@dataclass(slots=True, eq=False)
class Score(Step):
    """A number was computed from predictions."""

    predictions: tuple[Prediction, ...]
    truth: Value | None
    varied: bool
    value: float | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its metrics."""
        return self.call.metrics or (self.call.function or "a score",)


@dataclass(slots=True, eq=False)
class FoldScore(Step):
    """Cross-validation of an estimator on `data`."""

    data: Value
    text: str
    value: float | None


def union(values: Iterable[Value]) -> Value:
    """Return a value made from others, of unknown rows."""
    found = list(values)
    predictions = tuple(dict.fromkeys(p for value in found for p in value.predictions))
    return Value(
        fits=frozenset().union(*(value.all_fits() for value in found)),
        predictions=predictions,
        varied=any(value.varied for value in found),
        cross_validated=any(value.cross_validated for value in found),
    )


def narrowed(value: Value, rows: tuple[RowSet, ...]) -> Value:
    """Return a value of some of the rows of another: its columns and predictions are cut too."""
    made = union([replace(value, items={})])
    made.rows = rows
    made.predictions = tuple(
        replace(said, data=narrowed(said.data, rows)) for said in value.predictions
    )
    made.items = {
        label: item if item.model is not None else narrowed(item, rows)
        for label, item in value.items.items()
    }
    return made


def leaves(value: Value, depth: int = 0) -> list[Value]:
    """Return a value's items, and theirs; the value where it has none."""
    if not value.items or depth > 3:
        return [value]
    return [leaf for item in value.items.values() for leaf in leaves(item, depth + 1)]
