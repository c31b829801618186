"""Candidate calls of a cell, watched while they run, in top-level code only.

``accuracy_score(y, p)`` becomes ``val(k, fn(k, accuracy_score)(y, p))``, where both
helpers return their last argument untouched. Locations are copied, so tracebacks
and their carets are the user's. The helpers live in `builtins` under private names.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.estimators import Estimator, class_names, is_kept, read_estimator
from celltrail.capture.objects import instance_dict, is_one_of, plain_scalar
from celltrail.capture.plan import PASSED_ON, CellPlan, Site
from celltrail.core.digest_types import module_name, qualname

FUNCTION_HELPER = "__celltrail_fn__"
VALUE_HELPER = "__celltrail_val__"
# Past this many recorded steps a cell's calls are only passed through.
MAX_STEPS = 1000
_WITHOUT_NUMBERS = PASSED_ON | {"predict"}
# Receivers of one call site whose classes are looked at; a loop over more has no new ones.
_MAX_RECEIVERS = 50
_SCALARS = frozenset({int, float, str, bool, type(None)})


@dataclass(slots=True)
class Measured:
    """One number that a watched call returned."""

    site: int
    part: str | None  # key of a dict, fold statistic, position name of a tuple
    value: float
    step: int | None


@dataclass(slots=True)
class Step:
    """One iteration that yielded a metric."""

    n: int
    loop: int
    variables: dict[str, Any]
    estimators: tuple[Estimator, ...] = ()
    keywords: dict[int, Any] = field(default_factory=dict)  # index of a planned param -> value
    chained: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Called:
    """How often a site was called, and on whom; no object is kept."""

    count: int = 0
    receiver: tuple[int, int] = (0, 0)  # identity of the last one, and of its class
    receivers: int = 0  # changes of the receiver from one call to the next
    classes: dict[str, None] = field(default_factory=dict)
    inside: dict[str, None] = field(default_factory=dict)  # classes of a pipeline's steps


@dataclass(slots=True)
class _LoopState:
    seen: set[int] = field(default_factory=set)
    marks: tuple[int, ...] = ()
    step: Step | None = None


@dataclass(slots=True)
class _Surroundings:
    """What a step of a loop reads, worked out once."""

    loops: tuple[int, ...]  # the loop and those around it
    names: tuple[str, ...]  # their variables
    params: tuple[tuple[int, str], ...]  # index and variable of the params planned in them


class Watch:
    """What the watched calls of one cell say while it runs; no object is kept."""

    def __init__(
        self, plan: CellPlan, namespace: Mapping[str, Any], chained: Mapping[int, tuple[str, ...]]
    ) -> None:
        self.sites = {site.k: site for site in plan.sites}
        self.plan = plan
        self.namespace = namespace
        self.chained = chained  # loop -> names whose floats are computed from metrics
        self.measured: list[Measured] = []
        self.steps: list[Step] = []
        self.estimators: dict[int, Estimator] = {}  # site -> receiver at its last call
        self.best_params: dict[int, dict[str, Any]] = {}  # site of a search's fit -> its choice
        self.confirmed: dict[int, bool] = {}  # site -> it was what its name says
        self.calls: dict[int, Called] = {}
        self.loops: dict[int, _LoopState] = {}
        self.surroundings: dict[int, _Surroundings] = {}
        self.closed = False
        self.cut = False
        self.failed: str | None = None

    def function(self, k: int, function: Any) -> None:
        """Note who is about to be called at site `k`."""
        site = self.sites[k]
        called = self.calls.get(k)
        if called is None:
            called = self.calls[k] = Called()
        called.count += 1
        if site.loop is not None and site.kind not in PASSED_ON:
            self._iteration(site)
        if site.kind == "metric":
            self.confirmed[k] = recognised.is_metric(function)
            return
        if site.kind in PASSED_ON:
            self._passed_on(site, function, called)
            return
        receiver = _receiver(function)
        if site.kind == "fold":
            self.confirmed[k] = recognised.is_from(function, "sklearn")
        elif site.kind == "user":
            self.confirmed[k] = True
        elif receiver is None:
            self.confirmed[k] = site.function == "cross_val_predict"
        else:
            kind = type(receiver)
            self.confirmed[k] = recognised.is_estimator_class(kind)
            if self.confirmed[k]:
                path = site.call.path.rpartition(".")[0]
                self.estimators[k] = read_estimator(receiver, path)
                _note_receiver(called, receiver)

    def value(self, k: int, value: Any, variables: dict[str, Any]) -> None:
        """Note what the call at site `k` returned."""
        site = self.sites[k]
        if not self.confirmed.get(k) or site.kind in _WITHOUT_NUMBERS:
            return
        numbers = self._searched(site, value) if site.kind == "fit" else _numbers(site, value)
        if not numbers:
            return
        step = self._step(site, variables)
        n = None if step is None else step.n
        self.measured += [Measured(k, part, number, n) for part, number in numbers]

    def _passed_on(self, site: Site, function: Any, called: Called) -> None:
        """A split or transform: it yields no metric and no step."""
        k = site.k
        if site.kind == "split":
            self.confirmed[k] = recognised.is_from(function, "sklearn")
            return
        receiver = _receiver(function)
        self.confirmed[k] = receiver is not None and recognised.is_estimator_class(type(receiver))
        if self.confirmed[k]:
            _note_receiver(called, receiver)

    def _searched(self, site: Site, value: Any) -> list[tuple[str | None, float]]:
        """What a fitted search says of itself: its best score, and the params that got it."""
        if not module_name(type(value)).startswith("sklearn.model_selection._search"):
            return []
        found = instance_dict(value)
        best = found.get("best_params_")
        if type(best) is dict:
            self.best_params[site.k] = {
                name: plain_scalar(item)
                for name, item in best.items()
                if type(name) is str and is_kept(item)
            }
        score = found.get("best_score_")
        return [("best_score_", float(score))] if score is not None and is_float(score) else []

    def finish(self) -> None:
        """Read what the last iterations computed from their metrics."""
        for state in self.loops.values():
            self._read_chained(state)

    def _iteration(self, site: Site) -> None:
        loop = self.plan.cell.loops[site.loop]  # type: ignore[index]  # only called inside loops
        marks = tuple([id(self.namespace.get(name)) for name in loop.variables])
        state = self.loops.get(loop.index)
        if state is None:
            state = self.loops[loop.index] = _LoopState(marks=marks)
        elif site.k in state.seen or marks != state.marks:
            self._read_chained(state)
            state.seen.clear()
            state.marks, state.step = marks, None
        state.seen.add(site.k)

    def _read_chained(self, state: _LoopState) -> None:
        if state.step is None:
            return
        for name in self.chained.get(state.step.loop, ()):
            value = self.namespace.get(name)
            if value is not None and is_float(value):
                state.step.chained[name] = float(value)

    def _step(self, site: Site, variables: dict[str, Any]) -> Step | None:
        if site.loop is None:
            if not variables:
                return None
            return self._comprehended(site, variables)
        state = self.loops[site.loop]
        if state.step is None:
            around = self._around(site.loop)
            namespace = self.namespace
            values = {name: namespace[name] for name in around.names if name in namespace}
            state.step = self._new_step(site.loop, values)
            for index, variable in around.params:
                value = namespace.get(variable)
                if is_kept(value):
                    state.step.keywords[index] = plain_scalar(value)
        if site.kind != "fit" and self.estimators:
            state.step.estimators = self._estimators(site.loop)
        return state.step

    def _around(self, index: int) -> _Surroundings:
        known = self.surroundings.get(index)
        if known is not None:
            return known
        loops, names = [index], [*self.plan.cell.loops[index].variables]
        while (parent := self.plan.cell.loops[loops[-1]].parent) is not None:
            loops.append(parent)
            names += self.plan.cell.loops[parent].variables
        params = tuple(
            (at, param.variable)
            for at, param in enumerate(self.plan.params)
            if param.variable is not None and param.loop in loops
        )
        found = _Surroundings(tuple(loops), tuple(dict.fromkeys(names)), params)
        self.surroundings[index] = found
        return found

    def _comprehended(self, site: Site, variables: dict[str, Any]) -> Step:
        """A step of a comprehension: its variables came with the value."""
        step = self._new_step(-1, variables)
        for index, param in enumerate(self.plan.params):
            if param.comprehended and is_kept(variables.get(str(param.variable))):
                step.keywords[index] = plain_scalar(variables[str(param.variable)])
        step.estimators = tuple(
            estimator
            for k, estimator in self.estimators.items()
            if self.sites[k].call.statement is site.call.statement
            and self.sites[k].call.comprehension
        )
        return step

    def _new_step(self, loop: int, values: dict[str, Any]) -> Step:
        kept = {name: plain_scalar(value) for name, value in values.items() if is_kept(value)}
        step = Step(len(self.steps), loop, kept)
        self.steps.append(step)
        if len(self.steps) >= MAX_STEPS:
            self.closed = self.cut = True
        return step

    def _estimators(self, loop: int) -> tuple[Estimator, ...]:
        loops = self._around(loop).loops
        latest: dict[int, Estimator] = {}
        for k, estimator in self.estimators.items():
            if self.sites[k].loop in loops:
                latest[estimator.object_id] = estimator
        return tuple(latest.values())


def _note_receiver(called: Called, receiver: Any) -> None:
    identity = (id(receiver), id(type(receiver)))
    if identity == called.receiver or called.receivers >= _MAX_RECEIVERS:
        return
    called.receiver = identity
    called.receivers += 1
    own, *inside = class_names(receiver)
    called.classes[own] = None
    called.inside.update(dict.fromkeys(inside))


def _receiver(function: Any) -> Any:
    return function.__self__ if type(function) is types.MethodType else None


def is_float(value: Any) -> bool:
    """A Python float or a NumPy floating scalar (never an int or a bool)."""
    kind = type(value)
    return kind is float or (
        module_name(kind) == "numpy"
        and qualname(kind).startswith("float")
        and qualname(kind) != "float"
    )


def _is_number(value: Any) -> bool:
    kind = type(value)
    return (
        kind is int or is_float(value) or (module_name(kind) == "numpy" and "int" in qualname(kind))
    )


def _numbers(site: Site, value: Any) -> list[tuple[str | None, float]]:
    """The numbers in what a watched call returned; arrays are data, not metrics."""
    if is_float(value) or (site.kind != "user" and _is_number(value)):
        return [(None, float(value))]
    if type(value) is dict:
        return list(_flat(value, "", fold=site.kind == "fold", depth=0))
    if site.kind == "fold" and _is_vector(value):
        return _fold_statistics(value)
    if type(value) is tuple and len(value) <= 20:
        labels = site.label if isinstance(site.label, tuple) else ()
        found: list[tuple[str | None, float]] = []
        for position, item in enumerate(value):
            if is_float(item):
                label = labels[position] if len(labels) == len(value) else None
                found.append((label or str(position), float(item)))
        return found
    return []


def _flat(
    value: dict[Any, Any], prefix: str, *, fold: bool, depth: int
) -> list[tuple[str | None, float]]:
    found: list[tuple[str | None, float]] = []
    for key, item in list(value.items())[:200]:
        if key is None or not is_one_of(type(key), _SCALARS):
            continue
        name = f"{prefix}{key}"
        if fold and name in _TIMES:
            continue  # how long the folds took is no measure of the model
        if is_float(item) or (type(item) is int and depth > 0):
            found.append((name, float(item)))
        elif type(item) is dict and depth < 3:
            found += _flat(item, f"{name}.", fold=fold, depth=depth + 1)
        elif fold and _is_vector(item):
            found += [(f"{name}.{part}", number) for part, number in _fold_statistics(item)]
    return found


_TIMES = frozenset({"fit_time", "score_time"})


def _is_vector(value: Any) -> bool:
    kind = type(value)
    return (
        module_name(kind) == "numpy"
        and qualname(kind) == "ndarray"
        and value.ndim == 1
        and value.dtype.kind == "f"
        and value.size > 0
    )


def _fold_statistics(values: Any) -> list[tuple[str | None, float]]:
    return [("mean", float(values.mean())), ("std", float(values.std()))]


# --- the helpers the rewritten code calls -----------------------------------------

_watch: Watch | None = None
_NO_VARIABLES: dict[str, Any] = {}


def watch_with(watch: Watch | None) -> None:
    """Make `watch` the one that the running cell's calls report to."""
    global _watch
    _watch = watch


def _function_helper(k: int, function: Any, /) -> Any:
    watch = _watch
    if watch is not None:
        try:
            watch.function(k, function)
        except Exception as error:
            _give_up(watch, error)
    return function


def _value_helper(k: int, value: Any, variables: dict[str, Any] = _NO_VARIABLES, /) -> Any:
    watch = _watch
    if watch is not None:
        try:
            watch.value(k, value, variables)
        except Exception as error:
            _give_up(watch, error)
        if watch.closed:  # from here on the cell's calls are only passed through
            watch_with(None)
    return value


def _give_up(watch: Watch, error: Exception) -> None:
    """Watch no more of this cell; the recorder files why, the user's code goes on."""
    watch.closed = True
    watch.failed = f"{type(error).__name__}: {error}"
    watch_with(None)


def install_helpers() -> None:
    """Put both helpers where every rewritten cell finds them."""
    setattr(builtins, FUNCTION_HELPER, _function_helper)
    setattr(builtins, VALUE_HELPER, _value_helper)


def remove_helpers() -> None:
    """Take the helpers away again."""
    for name in (FUNCTION_HELPER, VALUE_HELPER):
        if hasattr(builtins, name):
            delattr(builtins, name)


def rewrite(tree: ast.AST, sites: list[Site], *, body: int = 0) -> None:
    """Wrap the candidate calls of `tree` in place.

    Calls are found by position, because the body of ``%%time`` is parsed again
    when it runs. All replacements are built before the first is put in, so a
    failure leaves the tree as it was.
    """
    wanted = {_span(site.call.node): site for site in sites if site.call.body == body}
    edits = [
        _edit(node, wanted[_span(node)])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _span(node) in wanted
    ]
    for edit in edits:
        edit()


def _span(node: ast.Call) -> tuple[int, int, int | None, int | None]:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _edit(node: ast.Call, site: Site) -> Callable[[], None]:
    """A change that turns the call node itself into the outer helper call."""

    def located(new: ast.expr, like: ast.AST) -> Any:
        return ast.copy_location(new, like)

    k = located(ast.Constant(site.k), node)
    wrapped = ast.Call(
        func=located(
            ast.Call(
                func=located(ast.Name(FUNCTION_HELPER, ast.Load()), node.func),
                args=[located(ast.Constant(site.k), node.func), node.func],
                keywords=[],
            ),
            node.func,
        ),
        args=node.args,
        keywords=node.keywords,
    )
    located(wrapped, node)
    arguments = [k, wrapped]
    if names := dict.fromkeys(site.call.comprehension):
        keys: list[ast.expr | None] = [located(ast.Constant(name), node) for name in names]
        values = [located(ast.Name(name, ast.Load()), node) for name in names]
        arguments.append(located(ast.Dict(keys, values), node))
    helper = located(ast.Name(VALUE_HELPER, ast.Load()), node)

    def apply() -> None:
        node.func, node.args, node.keywords = helper, arguments, []

    return apply
