"""The recorded steps of sessions, gone through again in order: what met what.

Nothing is run. Each step moves names to new values (`call_values.Value`), whose rows are
known as far as lineage proves them; where it proves nothing a value has rows of its own,
and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from celltrail.core.records import CallRecord
from celltrail.lineage.leakage.call_names import DATA_KINDS
from celltrail.lineage.leakage.call_outcomes import Calls
from celltrail.lineage.leakage.call_values import Fit, Model, Value, leaves
from celltrail.lineage.leakage.row_sets import RowSet
from celltrail.store.call_rows import CallHistory


class Replay(Calls):
    """Goes through executions.

    Attributes
    ----------
    functions : dict of str to str
        The user's functions that call what is not seen there, and what they call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.functions: dict[str, str] = {}
        self._session: int | None = None
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
        inner = [item for item in leaves(whole) if item.model is not None]
        model = inner[0].model if inner else whole.model
        model = model or Model()
        for item in inner:
            item.model = model
        if not inner:
            whole.model = model
        return model
