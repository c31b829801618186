"""Params, metrics and steps of one execution, from its plan and what was watched."""

from __future__ import annotations

import datetime as dt
import types
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.estimators import Estimator
from celltrail.capture.objects import plain_scalar
from celltrail.capture.passthrough import Measured, Step, Watch, is_float
from celltrail.capture.plan import CellPlan, Origin, PlannedParam, Site
from celltrail.core.digest_types import inherits, members, qualname
from celltrail.core.records import MetricRecord, ParamRecord, StepRecord

_JUDGED = frozenset({"s", "m"})
_MAX_METRICS = 5000
_MAX_OTHER_CHARACTERS = 200
# Reaches nothing that outlives its cell; an empty `reaches` would mean "not known".
NOWHERE = ("-",)


@dataclass(slots=True)
class Measures:
    """What the cell's numbers were."""

    params: list[ParamRecord] = field(default_factory=list)
    metrics: list[MetricRecord] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    steps_are_rows: bool = False
    predictions: dict[str, frozenset[str]] = field(default_factory=dict)  # name -> model keys
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)  # site -> its metrics


def chained_names(plan: CellPlan) -> dict[int, tuple[str, ...]]:
    """For each loop, the names in its body whose floats are computed from metrics."""
    found: dict[int, tuple[str, ...]] = {}
    for loop in plan.cell.loops:
        names = {
            name
            for statement in plan.cell.statements[loop.first : loop.last]
            for name in statement.stores
            if _judged(plan.flows.get(name, ()))
        }
        if names:
            found[loop.index] = tuple(sorted(names))
    return found


def _judged(origins: Iterable[Origin]) -> bool:
    return any(origin[0] in _JUDGED for origin in origins)


def measure(
    plan: CellPlan,
    watch: Watch,
    namespace: Mapping[str, Any],
    *,
    made: frozenset[str],
    model_of: Callable[[Estimator], str | None],
    model_names: Mapping[str, str],
    redact: Callable[[str, Any], Any],
    looped: AbstractSet[str] = frozenset(),
) -> Measures:
    """Turn what was planned and watched into records.

    Parameters
    ----------
    plan, watch : CellPlan, Watch
        The cell before it ran, and its calls while it ran.
    namespace : mapping
        The user's namespace now.
    made : frozenset of str
        Names that the cell generated.
    model_of : callable
        The key ``EXECUTION:NAME`` of an estimator seen at a call.
    model_names : mapping
        Keys of the estimators that names stand for now.
    redact : callable
        ``redact(name, value)`` gives the value that may be written.
    looped : set of str
        Executions of the session whose steps made models of their own.
    """
    builder = _Builder(plan, watch, namespace, made, model_of, model_names, redact, looped)
    builder.metrics()
    builder.steps()
    builder.params()
    builder.predictions()
    return builder.found


class _Builder:
    def __init__(
        self,
        plan: CellPlan,
        watch: Watch,
        namespace: Mapping[str, Any],
        made: frozenset[str],
        model_of: Callable[[Estimator], str | None],
        model_names: Mapping[str, str],
        redact: Callable[[str, Any], Any],
        looped: AbstractSet[str],
    ) -> None:
        self.plan = plan
        self.watch = watch
        self.namespace = namespace
        self.made = made
        self.model_of = model_of
        self.model_names = model_names
        self.redact = redact
        self.looped = looped
        self.found = Measures()
        self.sites = {site.k: site for site in plan.sites}
        self.metric_origins: dict[str, set[Origin]] = {}
        # A call that only has a recognised name (``game.score()``) judges nothing.
        refuted = {("s", k) for k, is_right in watch.confirmed.items() if not is_right}
        self.flows = {name: origins - refuted for name, origins in plan.flows.items()}
        self.values: dict[tuple[str, int | None], list[float]] = {}  # of the metrics, by step

    # --- metrics ----------------------------------------------------------------

    def metrics(self) -> None:
        named = self._names()
        models = {k: self._model(site) for k, site in self.sites.items()}
        for item in self.watch.measured[:_MAX_METRICS]:
            site = self.sites[item.site]
            name = named[(item.site, item.part)]
            self._add(
                MetricRecord(
                    name,
                    item.value,
                    origin="return" if site.kind == "user" else "call",
                    function=site.function,
                    step=item.step,
                    model=models[item.site],
                )
            )
            origins = self.metric_origins.setdefault(name, set())
            origins |= site.origins | {("s", item.site)}
        for (k, _), name in named.items():
            self.found.names[k] = (*self.found.names.get(k, ()), name)
        for step in self.watch.steps:
            for name, value in step.chained.items():
                judged = _judged(self.flows.get(name, ()))
                if judged and not self._already(name, step.n, value):
                    self._chain(name, value, step.n)
        in_steps = {name for step in self.watch.steps for name in step.chained}
        for name in sorted(self.made):
            origins = self.flows.get(name, set())
            held: Any = self.namespace.get(name)
            if name in in_steps or not _judged(origins) or not is_float(held):
                continue
            if self._stored_plainly(name) and not self._already(name, None, float(held)):
                self._chain(name, float(held), None)

    def _already(self, name: str, step: int | None, value: float) -> bool:
        values = self.values.get((name, step))
        if values is None:
            return False
        return step is None or any(v == value or (v != v and value != value) for v in values)

    def _add(self, metric: MetricRecord) -> None:
        self.found.metrics.append(metric)
        self.values.setdefault((metric.name, metric.step), []).append(metric.value)

    def _stored_plainly(self, name: str) -> bool:
        """Not a loop variable over something judged: that is no number of its own."""
        return not any(name in loop.variables for loop in self.plan.cell.loops)

    def _chain(self, name: str, value: float, step: int | None) -> None:
        origins = self.flows.get(name, set())
        model = self._joined(self._keys(origins))
        self._add(MetricRecord(name, value, "chain", step=step, model=model))
        self.metric_origins.setdefault(name, set()).update(origins)

    def _names(self) -> dict[tuple[int, str | None], str]:
        """A name for every measured number: label, key or function; collisions get the argument."""
        plain: dict[tuple[int, str | None], str] = {}
        if not self.watch.measured:
            return plain
        for item in self.watch.measured:
            plain.setdefault((item.site, item.part), self._plain_name(item))
        counts = Counter(plain.values())
        named: dict[tuple[int, str | None], str] = {}
        for key, name in plain.items():
            named[key] = name if counts[name] == 1 else self._told_apart(key, name)
        taken: set[str] = set()
        for key, name in named.items():
            unique, n = name, 2
            while unique in taken:
                unique, n = f"{name}#{n}", n + 1
            taken.add(unique)
            named[key] = unique
        return named

    def _told_apart(self, key: tuple[int, str | None], name: str) -> str:
        site, part = self.sites[key[0]], key[1]
        if part is not None and not isinstance(site.label, tuple):
            return f"{self._base(site)}.{part}"
        argument = site.call.first_argument
        return name if argument is None else f"{name}[{argument}]"

    def _base(self, site: Site) -> str:
        return site.label if isinstance(site.label, str) and site.call.exact else site.function

    def _plain_name(self, item: Measured) -> str:
        site = self.sites[item.site]
        if item.part is None:
            return self._base(site)
        if isinstance(site.label, tuple) or site.kind == "fit":
            return item.part
        if site.kind == "user" and not item.part.isdigit():
            return item.part
        return f"{self._base(site)}.{item.part}"

    def _model(self, site: Site) -> str | None:
        keys: set[str] = set()
        if site.kind in {"score", "fit"} and site.k in self.watch.estimators:
            key = self.model_of(self.watch.estimators[site.k])
            keys = {key} if key else set()
        return self._joined(keys or self._keys(site.origins))

    def _keys(self, origins: Iterable[Origin]) -> set[str]:
        """Model keys behind `origins`: of what predicted last, else of models themselves."""
        found: dict[str, set[str]] = {"s": set(), "m": set(), "f": set(), "g": set()}
        for kind, what in origins:
            if kind in "mg":
                found[kind] |= {what} - {""}
            elif kind in "sf":
                estimator = self.watch.estimators.get(what)
                key = self.model_of(estimator) if estimator is not None else None
                found[kind] |= {key} if key is not None else set()
        # What predicted in this cell is judged here. Older predictions may have come in
        # by another way, as the scores by which the model's params were chosen.
        return found["s"] or found["m"] or found["f"] | found["g"]

    @staticmethod
    def _joined(keys: set[str]) -> str | None:
        return ",".join(sorted(keys)) or None

    # --- steps ------------------------------------------------------------------

    def steps(self) -> None:
        steps = self.watch.steps
        if not steps:
            return
        self.found.steps = [
            StepRecord(step.n, {k: self.redact(k, v) for k, v in step.variables.items()})
            for step in steps
        ]
        signatures = {
            tuple((e.owner, tuple(sorted(map(repr, e.params.items())))) for e in step.estimators)
            for step in steps
        }
        if any(step.estimators for step in steps):
            self.found.steps_are_rows = len(signatures) > 1 or self._free_variables(steps)
        else:
            self.found.steps_are_rows = len(steps) > 1 and self._free_variables(steps)
        for step in steps:
            reaches = self._reached_by_loop(step.loop) or NOWHERE
            self.found.params += [
                replace(param, reaches=reaches) for param in self._step_params(step)
            ]

    def _reached_by_loop(self, index: int) -> tuple[str, ...]:
        """The cell's metrics, and the names that stand for what a step made of them.

        After the loop those are the last step's. What gathers all steps, such as a dict
        of scores, stands for none of them.
        """
        names = {f"metric:{name}" for name in self.metric_origins}
        if index >= 0:  # a comprehension leaves no names
            loop = self.plan.cell.loops[index]
            body = self.plan.cell.statements[loop.first : loop.last]
            for statement in body:
                # What is kept under a condition may be of any step.
                if statement.depth == body[0].depth:
                    names |= statement.stores - statement.loads
            names |= {
                site.call.root
                for site in self.plan.sites
                if site.kind == "fit" and site.loop == index and site.call.root
            }
        return tuple(sorted(names))

    def _free_variables(self, steps: list[Step]) -> bool:
        """Whether some loop variable is more than a counter (comprehensions always are)."""
        counters = set().union(*(loop.counters for loop in self.plan.cell.loops))
        return len(steps) > 1 and any(step.variables.keys() - counters for step in steps)

    def _step_params(self, step: Step) -> list[ParamRecord]:
        counters = set().union(*(loop.counters for loop in self.plan.cell.loops))
        found: dict[tuple[str | None, str], ParamRecord] = {}
        for estimator in step.estimators:
            for (inner, name), value in estimator.params.items():
                found[(inner, name)] = self._param(name, value, "estimator", inner, step.n)
        for index, value in step.keywords.items():
            owner = self._owner(self.plan.params[index])
            if owner is not None:
                name = self.plan.params[index].name
                found.setdefault((owner, name), self._param(name, value, "keyword", owner, step.n))
        owned = {(param.name, repr(param.value)) for param in found.values()}
        for name, value in step.variables.items():
            if name not in counters and (name, repr(value)) not in owned:
                found[(None, name)] = self._param(name, value, "loop", None, step.n)
        return list(found.values())

    # --- params -----------------------------------------------------------------

    def params(self) -> None:
        found: dict[tuple[str | None, str], ParamRecord] = {}
        stepped = {step.loop for step in self.watch.steps}
        for index, planned in enumerate(self.plan.params):
            param = self._planned(index, planned, stepped)
            if param is not None:
                self._keep(found, param)
        for k, estimator in self.watch.estimators.items():
            if self._speaks(k, estimator, stepped):
                self._estimator_params(found, k, estimator)
        for k, best in self.watch.best_params.items():
            reaches = self._reaches({("f", k)}) | {self.sites[k].call.root or ""}
            for name, value in best.items():
                found["best_params_", name] = self._param(
                    name, value, "estimator", "best_params_", None, reaches
                )
        self.found.params += found.values()

    def _speaks(self, k: int, estimator: Estimator, stepped: set[int]) -> bool:
        """Whether the estimator's params at this call are to be recorded for the cell.

        Those of a fit are. Those of a later call only where the model comes out of an
        earlier loop: which of the steps made it, nothing but the model itself can say.
        """
        site = self.sites[k]
        inside = -1 if site.call.comprehension else site.loop
        if inside is not None and inside in stepped:
            return False
        if site.kind == "fit":
            return True
        key = self.model_of(estimator)
        return key is not None and key.partition(":")[0] in self.looped

    def _estimator_params(
        self, found: dict[tuple[str | None, str], ParamRecord], k: int, estimator: Estimator
    ) -> None:
        kind = self.sites[k].kind
        root = estimator.path.partition(".")[0]
        reaches = self._reaches({("f" if kind == "fit" else "s", k)}) | {root}
        for (owner, name), value in estimator.params.items():
            same = [p for p in found.values() if _family(p.owner) == owner and p.name == name]
            if not any(p.value == value for p in same):
                found[f"{owner}:{k}", name] = self._param(
                    name, value, "estimator", owner, None, reaches
                )

    @staticmethod
    def _keep(found: dict[tuple[str | None, str], ParamRecord], param: ParamRecord) -> None:
        """Add a param; two calls of one callee in a cell are told apart by what they reach."""
        key = (param.owner, param.name)
        known = found.get(key)
        if known is None or param.owner is None:
            found[key] = param
        elif known.value == param.value:
            found[key] = replace(param, reaches=tuple(sorted({*known.reaches, *param.reaches})))
        else:
            n = 2
            while (f"{param.owner}#{n}", param.name) in found:
                n += 1
            found[f"{param.owner}#{n}", param.name] = replace(param, owner=f"{param.owner}#{n}")

    def _planned(self, index: int, planned: PlannedParam, stepped: set[int]) -> ParamRecord | None:
        reaches = self._reaches({("p", index)})
        if planned.owner is None:
            if planned.name not in self.made or not _same(
                self.namespace.get(planned.name), planned.value
            ):
                return None
            if isinstance(planned.value, (list, dict, tuple, set)) and not planned.value:
                return None  # made to be filled
            reaches.add(planned.name)
            value, origin, owner = planned.value, "literal", None
        else:
            owner = self._owner(planned)
            if planned.comprehended or self._stands_in_header(planned, stepped):
                return None
            if owner is None or (planned.loop is not None and self._stepped(planned, stepped)):
                return None
            value = planned.value
            if planned.variable is not None:
                value = plain_scalar(self.namespace.get(planned.variable))
                if not isinstance(value, (int, float, str, bool, type(None))):
                    return None
            origin = "keyword"
        return self._param(planned.name, value, origin, owner, None, reaches)

    def _stepped(self, planned: PlannedParam, stepped: set[int]) -> bool:
        """A keyword that names a value of its loop is recorded with each step instead."""
        loop = planned.loop
        while loop is not None:
            if loop in stepped and planned.variable is not None:
                return True
            loop = self.plan.cell.loops[loop].parent
        return False

    def _stands_in_header(self, planned: PlannedParam, stepped: set[int]) -> bool:
        """``for model in (Ridge(alpha=2), Lasso(alpha=3)):`` sets one of them in each step."""
        return any(
            loop.index in stepped and loop.first - 1 == planned.statement
            for loop in self.plan.cell.loops
        )

    def _reaches(self, origins: set[Origin]) -> set[str]:
        names = {name for origin in origins for name in self.plan.reaches(origin)}
        metrics = {
            f"metric:{name}" for name, found in self.metric_origins.items() if found & origins
        }
        return names | metrics

    def _owner(self, planned: PlannedParam) -> str | None:
        """Class or function that took the keyword, if it makes an estimator or splits data."""
        if planned.owner is None:
            return None
        callee = _resolve(planned.owner, self.namespace)
        if inherits(type(callee), type) and recognised.is_estimator_class(callee):
            return qualname(callee).rpartition(".")[2]
        name = planned.owner.rpartition(".")[2]
        original = self.plan.cell.imports.get(name, name).rpartition(".")[2]
        return original if original in recognised.SPLITTERS else None

    def _param(
        self,
        name: str,
        value: Any,
        origin: str,
        owner: str | None,
        step: int | None,
        reaches: set[str] | None = None,
    ) -> ParamRecord:
        """A param as it may be written; `reaches` is None where nothing is known of it."""
        value, kind = safe_value(name, value, self.redact)
        name = self.redact("", name)
        names = () if reaches is None else tuple(sorted(reaches)) or NOWHERE
        return ParamRecord(name, value, kind, origin, owner, step, names)

    # --- what later cells need --------------------------------------------------

    def predictions(self) -> None:
        """Names that hold what a model said, with the keys of those models."""
        for name, origins in self.flows.items():
            if _judged(origins) and name in self.namespace and name not in self.model_names:
                self.found.predictions[name] = frozenset(
                    self._keys(o for o in origins if o[0] in _JUDGED) or {""}
                )


def safe_value(name: str, value: Any, redact: Callable[[str, Any], Any]) -> tuple[Any, str]:
    """A param's value as it may be written, and the name of its type."""
    plain, kind = plain_value(value)
    # Only what is plain is seen whole by redaction, and only the whole may be cut.
    safe = redact(name, plain)
    if kind == "other":
        return safe[:_MAX_OTHER_CHARACTERS], kind
    return safe, "str" if isinstance(safe, str) and not isinstance(plain, str) else kind


def _family(owner: str | None) -> str | None:
    """``Ridge`` for ``Ridge#2``, the second Ridge of a cell."""
    return None if owner is None else owner.partition("#")[0]


def plain_value(value: Any) -> tuple[Any, str]:
    """A JSON-able copy of a param's value, and the name of its type."""
    value = plain_scalar(value)
    if value is None:
        return None, "none"
    if isinstance(value, (bool, int, float, str)):
        return value, type(value).__name__
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat(), "date"
    if isinstance(value, dict):
        return {str(k): plain_value(v)[0] for k, v in value.items()}, "dict"
    if isinstance(value, (list, tuple)):
        return [plain_value(item)[0] for item in value], type(value).__name__
    if isinstance(value, (set, frozenset)):
        return sorted((plain_value(item)[0] for item in value), key=repr), "set"
    return str(value), "other"


def _same(value: Any, expected: Any) -> bool:
    """Whether the name still holds its literal (the statement may not have run)."""
    if type(value) is not type(expected):
        return False
    return bool(value == expected)


def _resolve(path: str, namespace: Mapping[str, Any]) -> Any:
    """What a dotted path names, without running properties or ``__getattr__``."""
    first, *rest = path.split(".")
    value: Any = namespace.get(first)
    for part in rest:
        if type(value) is types.ModuleType:
            value = vars(value).get(part)
        elif inherits(type(value), type):
            value = members(value).get(part)
        else:
            return None
    return value
