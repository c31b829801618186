"""What recorded calls do to the values of a replay: fits, transforms, splits and scores."""

from __future__ import annotations

from typing import Any

from celltrail.core.records import CallRecord
from celltrail.lineage.leakage.call_expressions import Expressions
from celltrail.lineage.leakage.call_values import (
    Fit,
    FoldScore,
    Model,
    Prediction,
    Score,
    Step,
    Value,
    leaves,
    narrowed,
)
from celltrail.lineage.leakage.row_sets import RowSet, Split

_FITS = frozenset({"fit", "search", "fit_transform", "fit_resample", "fit_predict"})
_WATCHED_KEYWORDS = frozenset({"eval_set", "validation_data", "X_val", "valid_sets"})


class Calls(Expressions):
    """The outcomes of calls; what was met is in its lists, in order.

    Attributes
    ----------
    fits, scores, folds : list of Fit, Score, FoldScore
    splits : list of Step
    parts : list of (RowSet, frozenset of Fit)
        The test sides of splits, with the transformers that the whole went through.
    judged : dict of Fit to list of (Score, Prediction)
        What was said by each fit.
    transforms : int
    """

    def __init__(self) -> None:
        super().__init__()
        self.fits: list[Fit] = []
        self.scores: list[Score] = []
        self.folds: list[FoldScore] = []
        self.splits: list[Step] = []
        self.parts: list[tuple[RowSet, frozenset[Fit]]] = []  # test sides, and what was split
        self.judged: dict[Fit, list[tuple[Score, Prediction]]] = {}
        self.transforms = 0
        self._made_splits: list[tuple[Split, list[Value], list[Value]]] = []

    def _call(self, call: CallRecord) -> Value:
        receiver = self._value(call.value)
        given = [self._value(argument.value) for argument in call.arguments]
        if call.arguments:
            self._texts[call.n] = self._written(call.arguments[0].value)
        if call.kind in _FITS:
            return self._fit(call, receiver or Value(), given)
        match call.kind:
            case "transform":
                return self._transform(call, receiver, given)
            case "predict" | "score":
                return self._judge(call, receiver, given)
            case "metric":
                return self._metric(call, given)
            case "split":
                return self._split(call, given)
            case "fold":
                return self._fold(call, given)
        return Value()

    def _at(self, call: CallRecord) -> dict[str, Any]:
        assert self._now is not None
        return {"execution": self._now.row, "code": self._now.code, "call": call}

    def _fit(self, call: CallRecord, receiver: Value, given: list[Value | None]) -> Value:
        data, text = self._data_of(call, given, 0)
        data.settled_rows()
        target, _ = self._argument(call, given, 1, ("y", "Y"))
        watched = [
            (self._written(argument.value), item)
            for argument, value in zip(call.arguments, given, strict=True)
            if argument.keyword in _WATCHED_KEYWORDS and value is not None
            for item in leaves(value)
            if item.rows
        ]
        fit = Fit(
            data=data,
            rows=data.rows,
            text=text,
            target=target,
            watched=tuple(watched),
            **self._at(call),
        )
        self.fits.append(fit)
        receiver.model = receiver.model or Model()
        more = call.function == "partial_fit"
        receiver.model.fits = (*receiver.model.fits, fit) if more else (fit,)
        if call.kind in ("fit", "search"):
            return receiver
        made = Value(rows=data.rows, fits=data.all_fits() | {fit}, shape=data.shape[:1])
        made.varied = data.varied
        if call.kind == "fit_predict":
            made.cross_validated = True  # of the very rows, as clustering is meant to be
        if call.kind == "fit_resample":
            # Its rows are copies and mixtures of those it was fitted on.
            made.rows = (RowSet(),)
            fit.rows = (*data.rows, *made.rows)
            truth = Value(rows=made.rows, fits=made.fits)
            return Value(items={"0": made, "1": truth}, fits=made.fits)
        return made

    def _transform(
        self, call: CallRecord, receiver: Value | None, given: list[Value | None]
    ) -> Value:
        data, _ = self._data_of(call, given, 0)
        self.transforms += 1
        made = Value(rows=data.settled_rows(), fits=data.all_fits(), shape=data.shape[:1])
        made.varied = data.varied
        if receiver is not None and receiver.model is not None:
            made.fits |= frozenset(receiver.model.fits)
        return made

    def _judge(self, call: CallRecord, receiver: Value | None, given: list[Value | None]) -> Value:
        """A prediction, or a model's own score."""
        data, text = self._data_of(call, given, 0)
        data.settled_rows()
        fits = receiver.model.fits if receiver is not None and receiver.model is not None else ()
        prediction = Prediction(fits=fits, data=data, text=text, **self._at(call))
        if call.kind == "score":
            truth, _ = self._argument(call, given, 1, ("y", "Y"))
            self._scored(call, (prediction,), truth, varied=False)
            return Value()
        return Value(
            rows=data.rows, predictions=(prediction,), shape=data.shape[:1], varied=data.varied
        )

    def _metric(self, call: CallRecord, given: list[Value | None]) -> Value:
        values = [value for value in given if value is not None]
        predictions = [p for value in values if not value.cross_validated
                       for p in value.predictions]  # fmt: skip
        truth = next((value for value in values if not value.predictions), None)
        if predictions:
            varied = any(value.varied for value in values if value.predictions)
            self._scored(call, tuple(dict.fromkeys(predictions)), truth, varied=varied)
        return Value()

    def _scored(
        self,
        call: CallRecord,
        predictions: tuple[Prediction, ...],
        truth: Value | None,
        *,
        varied: bool,
    ) -> None:
        assert self._now is not None
        value = self._now.metrics.get(call.metrics[0]) if call.metrics else None
        score = Score(
            predictions=predictions, truth=truth, varied=varied, value=value, **self._at(call)
        )
        self.scores.append(score)
        for prediction in predictions:
            for fit in prediction.fits:
                self.judged.setdefault(fit, []).append((score, prediction))

    def _split(self, call: CallRecord, given: list[Value | None]) -> Value:
        step = Step(**self._at(call))
        self.splits.append(step)
        inputs = [
            value or Value()
            for argument, value in zip(call.arguments, given, strict=True)
            if argument.keyword is None
        ]
        split = Split(step.execution, call.n)
        outcomes: list[Value] = []
        sides: dict[tuple[RowSet, str], RowSet] = {}
        for value in inputs:
            for side in ("train", "test"):
                some = tuple(
                    self._side(rows.known(), split, side, sides, varying=call.loop)
                    for rows in value.settled_rows()
                )
                made = narrowed(value, some)
                if side == "test":
                    self.parts += [(rows, value.all_fits()) for rows in made.rows]
                outcomes.append(made)
        self._made_splits.append((split, inputs, outcomes))
        return Value(items={str(n): value for n, value in enumerate(outcomes)})

    def _side(
        self,
        whole: RowSet,
        split: Split,
        side: str,
        sides: dict[tuple[RowSet, str], RowSet],
        *,
        varying: bool,
    ) -> RowSet:
        """One side of a set; X and y of one frame have the same."""
        found = sides.get((whole, side))
        if found is None:
            found = RowSet(whole, split, side, varying=varying or whole.varying)
            sides[whole, side] = found
        return found

    def _fold(self, call: CallRecord, given: list[Value | None]) -> Value:
        data, text = self._data_of(call, given, 1)
        data.settled_rows()
        assert self._now is not None
        value = self._now.metrics.get(call.metrics[0]) if call.metrics else None
        self.folds.append(FoldScore(data=data, text=text, value=value, **self._at(call)))
        return Value(rows=data.rows, cross_validated=True)
