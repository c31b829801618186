"""The recorded steps of sessions, gone through again in order: what met what.

Nothing is run. Each step moves names to new values (`call_values.Value`), whose rows are
known as far as lineage proves them; where it proves nothing a value has rows of its own,
and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from celltrail.core.records import CallRecord
from celltrail.lineage.call_expressions import Expressions
from celltrail.lineage.call_names import DATA_KINDS
from celltrail.lineage.call_values import (
    Fit,
    FoldScore,
    Model,
    Prediction,
    Score,
    Step,
    Value,
    narrowed,
)
from celltrail.lineage.row_sets import RowSet, Split
from celltrail.store.call_rows import CallHistory

_FITS = frozenset({"fit", "search", "fit_transform", "fit_resample", "fit_predict"})
_WATCHED_KEYWORDS = frozenset({"eval_set", "validation_data", "X_val", "valid_sets"})


class Replay(Expressions):
    """Goes through executions; what it met is in its lists, in order.

    Attributes
    ----------
    fits, scores, folds : list of Fit, Score, FoldScore
    splits : list of Step
    parts : list of (RowSet, frozenset of Fit)
        The test sides of splits, with the transformers that the whole went through.
    judged : dict of Fit to list of (Score, Prediction)
        What was said by each fit.
    transforms : int
    functions : dict of str to str
        The user's functions that call what is not seen there, and what they call.
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
        self.functions: dict[str, str] = {}
        self._session: int | None = None
        self._made_splits: list[tuple[Split, list[Value], list[Value]]] = []
        self._last: dict[str, int] = {}

    def run(self, histories: Iterable[CallHistory]) -> Replay:
        """Go through `histories` in order and return the replay."""
        for history in histories:
            if history.session != self._session:
                self._names, self._session = {}, history.session
            self.execution(history)
        parts: dict[RowSet, frozenset[Fit]] = {}
        for rows, fits in self.parts:
            parts[rows.known()] = parts.get(rows.known(), frozenset()) | fits
        self.parts = list(parts.items())
        return self

    def execution(self, history: CallHistory) -> None:
        """Go through one execution."""
        self._now, self._results, self._made_splits = history, {}, []
        self._texts = {}
        self._last = {name: call.n for call in history.calls for name in call.targets}
        held = dict(self._names)
        bound: set[str] = set()
        for call in history.calls:
            self._step(call, bound)
        for content in history.generated:
            self._settle(content, held.get(content.name), is_bound=content.name in bound)
        for split, inputs, outcomes in self._made_splits:
            split.source = inputs[0].digest if inputs else None
            self._recognise(split, outcomes)
        for name in history.deleted:
            self._names.pop(name, None)

    # --- steps ------------------------------------------------------------------

    def _step(self, call: CallRecord, bound: set[str]) -> None:
        if call.kind == "function":
            self.functions[call.targets[0]] = call.function or ""
        elif call.kind == "assign":
            value = self._value(call.value) or Value()
            self._bind(call, value)
            bound.update(call.targets)
        elif call.kind == "store":
            self._store(call)
        elif call.kind == "each":
            self._each(call)
            bound.update(call.targets)
        else:
            self._results[call.n] = self._call(call)

    def _bind(self, call: CallRecord, value: Value) -> None:
        for name in call.targets:
            content = self._content(name) if self._last[name] == call.n else None
            bound = self._shaped(value, content) if content is not None else value
            if content is not None and content.kind in DATA_KINDS and bound.model is None:
                bound.settled_rows()
            if call.loop and bound.rows and bound is not value:
                bound.varied = bound.varied or value.varied
            self._name(bound, name)
            self._names[name] = bound

    def _store(self, call: CallRecord) -> None:
        """``df["a"] = …`` and ``models["a"] = …``."""
        given = self._value(call.value)
        held = self._lookup(call.targets[0])
        if given is None or held is None:
            return
        labels: Sequence[str | None] = call.labels or (None,)
        for label in labels:
            held.items[label] = given
        if given.model is None and not call.labels:
            held.fits |= given.all_fits()

    def _each(self, call: CallRecord) -> None:
        """A loop's variables stand for each item in turn, so what is done to one is done to all."""
        whole = self._value(call.value)
        for name in call.targets:
            element = Value(varied=True, name=name)
            if whole is not None:
                element.model = self._shared_model(whole)
                element.fits = whole.all_fits()
            self._names[name] = element

    def _shared_model(self, whole: Value) -> Model:
        inner = [item for item in _leaves(whole) if item.model is not None]
        model = inner[0].model if inner else whole.model
        model = model or Model()
        for item in inner:
            item.model = model
        if not inner:
            whole.model = model
        return model

    # --- calls ------------------------------------------------------------------

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
            for item in _leaves(value)
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


def _leaves(value: Value, depth: int = 0) -> list[Value]:
    """A value's items, and theirs."""
    if not value.items or depth > 3:
        return [value]
    return [leaf for item in value.items.values() for leaf in _leaves(item, depth + 1)]
