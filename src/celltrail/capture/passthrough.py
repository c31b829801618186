"""Candidate calls of a cell, watched while they run, in top-level code only.

``accuracy_score(y, p)`` becomes ``val(k, fn(k, accuracy_score)(y, p))``, where both
helpers return their last argument untouched. Locations are copied, so tracebacks
and their carets are the user's. The helpers live in `builtins` under private names.
"""

from __future__ import annotations

import ast
import builtins
import types
from abc import ABCMeta
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.objects import instance_dict, is_one_of
from celltrail.capture.plan import CellPlan, Site
from celltrail.core.digest_types import is_library, members, module_name, mro, qualname

FUNCTION_HELPER = "__celltrail_fn__"
VALUE_HELPER = "__celltrail_val__"
# Past this many recorded steps a cell's calls are only passed through.
MAX_STEPS = 1000
MAX_TEXT = 100
_SCALARS = frozenset({int, float, str, bool, type(None)})


@dataclass(slots=True)
class Estimator:
    """An estimator as it was at a call: class, own params, identity."""

    object_id: int
    owner: str
    params: dict[str, Any]
    path: str  # text of the receiver in the cell


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
        self.confirmed: dict[int, bool] = {}  # site -> it was what its name says
        self.loops: dict[int, _LoopState] = {}
        self.surroundings: dict[int, _Surroundings] = {}
        self.closed = False
        self.cut = False
        self.failed: str | None = None

    def function(self, k: int, function: Any) -> None:
        """Note who is about to be called at site `k`."""
        site = self.sites[k]
        if site.loop is not None:
            self._iteration(site)
        receiver = _receiver(function)
        if site.kind == "metric":
            self.confirmed[k] = recognised.is_metric(function)
        elif site.kind == "fold":
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
                params = estimator_params(receiver)
                self.estimators[k] = Estimator(id(receiver), _name(kind), params, path)

    def value(self, k: int, value: Any, variables: dict[str, Any]) -> None:
        """Note what the call at site `k` returned."""
        site = self.sites[k]
        if not self.confirmed.get(k) or site.kind in {"fit", "predict"}:
            return
        numbers = _numbers(site, value)
        if not numbers:
            return
        step = self._step(site, variables)
        n = None if step is None else step.n
        self.measured += [Measured(k, part, number, n) for part, number in numbers]

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
                if _is_kept(value):
                    state.step.keywords[index] = value
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
            if param.comprehended and _is_kept(variables.get(str(param.variable))):
                step.keywords[index] = variables[str(param.variable)]
        step.estimators = tuple(
            estimator
            for k, estimator in self.estimators.items()
            if self.sites[k].call.statement is site.call.statement
            and self.sites[k].call.comprehension
        )
        return step

    def _new_step(self, loop: int, values: dict[str, Any]) -> Step:
        kept = {name: value for name, value in values.items() if _is_kept(value)}
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


def _name(kind: type) -> str:
    return qualname(kind).rpartition(".")[2]


def _receiver(function: Any) -> Any:
    return function.__self__ if type(function) is types.MethodType else None


def _is_kept(value: Any) -> bool:
    return is_one_of(type(value), _SCALARS) and not (type(value) is str and len(value) > MAX_TEXT)


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
        if is_float(item) or (type(item) is int and depth > 0):
            found.append((name, float(item)))
        elif type(item) is dict and depth < 3:
            found += _flat(item, f"{name}.", fold=fold, depth=depth + 1)
        elif fold and _is_vector(item):
            found += [(f"{name}.{part}", number) for part, number in _fold_statistics(item)]
    return found


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


_DEFAULTS: dict[type, dict[str, Any] | None] = {}


def estimator_params(estimator: Any, *, changed_only: bool = True) -> dict[str, Any]:
    """The scalar params of an estimator that differ from its defaults.

    Read from its ``__dict__`` under the names of its constructor (scikit-learn's
    own convention), so nothing of the user's is called.
    """
    kind = type(estimator)
    defaults = _defaults_of(kind)
    if defaults is None:
        return {}
    values = instance_dict(estimator)
    found: dict[str, Any] = {}
    for name, default in defaults.items():
        value = values.get(name, default)
        if value is default or not _is_kept(value):
            continue
        if not changed_only or type(value) is not type(default) or value != default:
            found[name] = value
    return found


def _defaults_of(kind: type) -> dict[str, Any] | None:
    # The user's own classes are looked at anew: a class kept here would outlive its `del`,
    # and hashing one may run its metaclass.
    if not (type(kind) is type or type(kind) is ABCMeta) or not is_library(module_name(kind)):
        return _constructor_defaults(kind)
    if kind not in _DEFAULTS:
        _DEFAULTS[kind] = _constructor_defaults(kind)
    return _DEFAULTS[kind]


def _constructor_defaults(kind: type) -> dict[str, Any] | None:
    for base in mro(kind):
        function = members(base).get("__init__")
        if type(function) is types.FunctionType:
            code = function.__code__
            count = code.co_argcount
            defaults = function.__defaults__ or ()
            names = code.co_varnames[1:count]
            found: dict[str, Any] = dict.fromkeys(names)
            found.update(zip(reversed(names), reversed(defaults), strict=False))
            keyword_only = code.co_varnames[count : count + code.co_kwonlyargcount]
            given = function.__kwdefaults__ or {}
            return found | {name: given.get(name) for name in keyword_only}
    return None


# --- the helpers the rewritten code calls -----------------------------------------

_watch: Watch | None = None
_NO_VARIABLES: dict[str, Any] = {}


def watch_with(watch: Watch | None) -> None:
    """Make `watch` the one that the running cell's calls report to."""
    global _watch
    _watch = watch


def _function_helper(k: int, function: Any, /) -> Any:
    if _watch is not None:
        _look(_watch, _watch.function, k, function)
    return function


def _value_helper(k: int, value: Any, variables: dict[str, Any] = _NO_VARIABLES, /) -> Any:
    if _watch is not None:
        _look(_watch, _watch.value, k, value, variables)
    return value


def _look(watch: Watch, note: Callable[..., None], *what: Any) -> None:
    try:
        note(*what)
    except Exception as error:  # never into the user's cell; the recorder files it
        watch.closed = True
        watch.failed = f"{type(error).__name__}: {error}"
    if watch.closed:  # from here on the cell's calls cost no more than passing them through
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
