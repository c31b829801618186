"""What to watch in one cell: candidate calls, params, and what flows into what.

Made before the cell runs, from its tree and the namespace; nothing is called.
An *origin* is where a value came from: ``("p", i)`` a param of the cell,
``("s", k)`` a prediction or metric at site k, ``("f", k)`` a fit at site k,
``("m", key)`` predictions of a model fitted earlier, ``("g", key)`` such a model itself.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.uses import Uses, close_over, is_judging
from celltrail.core.source import Call, CellSource, Label, Statement, literal

Origin = tuple[str, Any]
# Sites that judge nothing: only who was called is noted.
PASSED_ON = frozenset({"split", "transform"})


@dataclass(slots=True)
class Site:
    """A call that the passthrough watches."""

    k: int
    call: Call
    kind: str  # metric, fold, score, predict, fit, user, split, transform
    function: str  # the recognised name, whatever it was imported as
    loop: int | None
    label: Label
    judges: bool = True  # False for a user function that only gets a judged argument
    origins: frozenset[Origin] = frozenset()


@dataclass(slots=True)
class PlannedParam:
    """A literal bound to a name, or a keyword of a call that may make an estimator."""

    name: str
    value: Any
    variable: str | None  # the keyword's value is this name: read it from the namespace
    owner: str | None  # path of the callee, for keywords
    statement: int
    loop: int | None
    comprehended: bool = False  # its call stands in a comprehension: known step by step


@dataclass(slots=True)
class CellPlan:
    """The analysed cell, ready to be watched."""

    cell: CellSource
    uses: Uses
    sites: list[Site] = field(default_factory=list)
    params: list[PlannedParam] = field(default_factory=list)
    flows: dict[str, set[Origin]] = field(default_factory=dict)  # name -> origins at the end

    def reaches(self, origin: Origin) -> set[str]:
        """Names whose value at the end of the cell depends on `origin`."""
        return {name for name, origins in self.flows.items() if origin in origins}


def plan_cell(
    cell: CellSource,
    namespace: Mapping[str, Any],
    *,
    predictions: Mapping[str, Iterable[str]],
    models: Mapping[str, str],
) -> CellPlan:
    """Plan one cell.

    Parameters
    ----------
    cell : CellSource
        The static analysis.
    namespace : mapping
        The user's namespace before the cell; only looked into, never called.
    predictions : mapping of name to model keys
        Names that hold predictions, or numbers made from them.
    models : mapping of name to model key
        Names that hold estimators.
    """
    plan = CellPlan(cell, close_over(cell, namespace))
    _find_sites(plan, namespace)
    _find_params(plan)
    flow = _Flow(plan)
    for name, keys in predictions.items():
        flow.state[name] = {("m", key) for key in keys}
    for name, key in models.items():
        flow.state.setdefault(name, set()).add(("g", key))
    flow.run(0, len(cell.statements))
    plan.flows = flow.state
    # A user function counts only where it judges, or was given what a model said.
    plan.sites = [
        site
        for site in plan.sites
        if site.kind != "user" or site.judges or any(o[0] in "sm" for o in site.origins)
    ]
    return plan


def _find_sites(plan: CellPlan, namespace: Mapping[str, Any]) -> None:
    for call in plan.cell.calls:
        kind, function = _kind(call, plan.cell, namespace)
        if kind is None:
            continue
        judges = kind != "user" or is_judging(function, plan.cell, namespace)
        site = Site(len(plan.sites), call, kind, function, call.statement.loop, call.label, judges)
        plan.sites.append(site)


def _kind(call: Call, cell: CellSource, namespace: Mapping[str, Any]) -> tuple[str | None, str]:
    name = call.last
    plain = call.path == name  # f(…), not x.f(…)
    if name not in recognised.CANDIDATES and plain:
        if name in cell.imports:
            name = cell.imports[name].rpartition(".")[2]
        else:
            value = namespace.get(name)
            if type(value) is types.FunctionType and value.__globals__ is not namespace:
                name = value.__name__
    if plain and (
        call.last in cell.functions
        or (call.last not in cell.imports and _is_users(namespace.get(call.last), namespace))
    ):
        return "user", call.last
    if name in recognised.METRIC_FUNCTIONS:
        return "metric", name
    if name in recognised.FOLD_FUNCTIONS:
        return "fold", name
    if name == "cross_val_predict" or (not plain and name in recognised.PREDICTION_METHODS):
        return "predict", name
    if not plain and name in recognised.SCORE_METHODS:
        return "score", name
    if not plain and name in recognised.FIT_METHODS:
        return "fit", name
    if name in recognised.SPLIT_FUNCTIONS:
        return "split", name
    if not plain and name in recognised.TRANSFORM_METHODS:
        return "transform", name
    return None, name


def _is_users(value: object, namespace: Mapping[str, Any]) -> bool:
    return type(value) is types.FunctionType and value.__globals__ is namespace


def _find_params(plan: CellPlan) -> None:
    cell = plan.cell
    for name, value, position in cell.literals:
        loop = cell.statements[position].loop
        plan.params.append(PlannedParam(name, value, None, None, position, loop))
    for position, statement in enumerate(cell.statements):
        for call in statement.calls:
            # Estimators and splitters are classes, or train_test_split; which of
            # them it is, is looked up after the cell, when the name exists.
            if not (call.last[:1].isupper() or call.last in recognised.SPLITTERS):
                original = cell.imports.get(call.last, "").rpartition(".")[2]
                if not (original[:1].isupper() or original in recognised.SPLITTERS):
                    continue
            for keyword in call.node.keywords:
                if keyword.arg is None:
                    continue
                known, value = literal(keyword.value)
                variable = getattr(keyword.value, "id", None)
                if known or variable is not None:
                    plan.params.append(
                        PlannedParam(
                            keyword.arg,
                            value,
                            variable,
                            call.path,
                            position,
                            statement.loop,
                            variable in call.comprehension,
                        )
                    )


class _Flow:
    """Statement-level flow of origins; loops run twice, which is their fixpoint here."""

    def __init__(self, plan: CellPlan) -> None:
        self.cell = plan.cell
        self.state: dict[str, set[Origin]] = {}
        self.sites: dict[int, Site] = {id(site.call): site for site in plan.sites}
        self.own: dict[int, set[Origin]] = {}
        for index, param in enumerate(plan.params):
            self.own.setdefault(param.statement, set()).add(("p", index))
        self.loops = {loop.first: loop for loop in plan.cell.loops if loop.last > loop.first}
        self.owners: dict[tuple[int, str], set[Origin]] = {}
        for index, param in enumerate(plan.params):
            if param.owner is not None:
                key = (param.statement, param.owner)
                self.owners.setdefault(key, set()).add(("p", index))

    def run(self, first: int, last: int, *, inside: int | None = None) -> None:
        position = first
        while position < last:
            loop = self.loops.get(position)
            if loop is not None and loop.index != inside:
                for _ in range(2):
                    self.run(loop.first, loop.last, inside=loop.index)
                position = loop.last
                continue
            self.statement(self.cell.statements[position], position)
            position += 1

    def statement(self, statement: Statement, position: int) -> None:
        incoming: set[Origin] = set()
        for name in statement.loads:
            incoming |= self.state.get(name, set())
        total = incoming | self.own.get(position, set())
        for call in statement.calls:
            total |= self._produced(call)
        for call in statement.calls:
            site = self.sites.get(id(call))
            if site is not None:
                site.origins |= frozenset(self._into(call, statement, position))
        self._store(statement, total)
        for name in statement.changes:
            into = {origin for origin in total if origin[0] in "pf"}
            if name in statement.assigned_into:
                into |= total
            else:
                into |= self._through_methods(name, statement)
            self.state[name] = self.state.get(name, set()) | into

    def _produced(self, call: Call) -> set[Origin]:
        site = self.sites.get(id(call))
        if site is None or site.kind in PASSED_ON:
            return set()
        if site.kind == "fit":
            return {("f", site.k)}
        return {("s", site.k)} if site.judges else set()

    def _into(self, call: Call, statement: Statement, position: int) -> set[Origin]:
        """Origins of what goes into one call: arguments, receiver, calls nested in it."""
        found: set[Origin] = set(self.owners.get((position, call.path), ()))
        names = set(call.argument_names)
        if call.root is not None:
            names.add(call.root)
        for name in names:
            found |= self.state.get(name, set())
        for other in statement.calls:
            if other is not call and _inside(other, call):
                found |= self._produced(other)
                found |= self.owners.get((position, other.path), set())
        return found

    def _store(self, statement: Statement, total: set[Origin]) -> None:
        for name in statement.stores:
            incoming = set(total)
            function = self.cell.functions.get(name)
            if function is not None and not statement.calls:
                for free in function.loads:
                    incoming |= self.state.get(free, set())
            if statement.definite and statement.loop is None:
                self.state[name] = incoming
            else:
                self.state[name] = self.state.get(name, set()) | incoming

    def _through_methods(self, name: str, statement: Statement) -> set[Origin]:
        """``scores.append(accuracy)`` passes on what a model said; ``model.fit(…)`` does not."""
        found: set[Origin] = set()
        for call in statement.calls:
            if call.root != name or call.last in recognised.FIT_METHODS:
                continue
            for argument in call.argument_names:
                found |= {o for o in self.state.get(argument, set()) if o[0] in "sm"}
            for other in statement.calls:
                if other is not call and _inside(other, call, arguments=True):
                    found |= self._produced(other)
        return {origin for origin in found if origin[0] in "sm"}


def _inside(inner: Call, outer: Call, *, arguments: bool = False) -> bool:
    """Whether `inner` stands within `outer` (with `arguments`, not in its callee)."""
    start = (inner.node.lineno, inner.node.col_offset)
    end = (inner.node.end_lineno or 0, inner.node.end_col_offset or 0)
    node = outer.node
    first = (
        (node.func.end_lineno or 0, node.func.end_col_offset or 0)
        if arguments
        else (
            node.lineno,
            node.col_offset,
        )
    )
    return first <= start and end <= (node.end_lineno or 0, node.end_col_offset or 0)
