"""The session's variables: which entity each name stands for, and who made it.

A `Variable` is one live object; names are labels on it. Content is compared by
digest at the boundary of each cell, for the names the cell touched and for what
shares identity or memory with them; only a changed digest makes a new entity.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import xxhash

from celltrail.capture.budget import Account
from celltrail.capture.harmless import cannot_write
from celltrail.capture.objects import (
    Spans,
    answers_kept,
    is_settled,
    overlap,
    parts,
    properties_kept,
    reference,
)
from celltrail.capture.plan import CellPlan
from celltrail.capture.uses import depends_on_data, is_user_name
from celltrail.core.digest import Digest, digest_report, estimate_seconds, sample_digest
from celltrail.core.profile import profile
from celltrail.core.records import (
    DerivedRecord,
    EntityRecord,
    GeneratedRecord,
    UsedRecord,
)

# Small objects are always looked at: lineage must not depend on how busy the machine
# is. Larger ones get a sample beside the digest, so that a later cell without the
# budget for all of it has something to compare with.
_SMALL_SECONDS = 0.0005
_PROFILED_KINDS = frozenset({"frame", "series", "array"})
_PROFILE_COLUMN_SECONDS = 0.0005
_PROFILE_ROW_SECONDS = 2e-7
_PROFILE_ROWS = (10_000, 2_000, 500)  # the most that there is time for; the profile says how many


@dataclass(slots=True)
class Variable:
    """One live object, without keeping it alive."""

    object_id: int
    weak: weakref.ref[Any] | None
    entity: EntityRecord
    sample: str | None
    settled: bool
    inside: frozenset[int] = frozenset()
    spans: Spans = ()
    model: str | None = None  # "EXECUTION:NAME" for estimators: when its content was made
    answers: int | None = None  # how many an `lru_cache` has worked out
    properties: int = 0  # how many cached properties have been


@dataclass(slots=True)
class Binding:
    """A name, the object it stands for, and the execution that bound or changed it."""

    variable: Variable
    source: str | None


@dataclass(slots=True)
class Effects:
    """What one cell used and made, with local references to `entities`."""

    entities: list[EntityRecord] = field(default_factory=list)
    used: list[UsedRecord] = field(default_factory=list)
    generated: list[GeneratedRecord] = field(default_factory=list)
    derived: list[DerivedRecord] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    _index: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def add(self, entity: EntityRecord) -> int:
        """Position of `entity` in the record, adding it when new."""
        key = (entity.digest or entity.lineage_digest, entity.scope, entity.type)
        position = self._index.get(key)
        if position is None:
            position = self._index[key] = len(self.entities)
            self.entities.append(entity)
        return position

    def replace(self, entity: EntityRecord, by: EntityRecord) -> None:
        """Put a fuller record of the same content in the place of `entity`."""
        position = self.add(entity)
        self.entities[position] = by

    def made(self, name: str) -> bool:
        """Whether the cell generated `name`."""
        return any(record.name == name for record in self.generated)


class Variables:
    """All names of the session."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.names: dict[str, Binding] = {}
        self._user_names = UserNames()
        self._settled: dict[str, int] | None = None  # identities when the last cell ended

    @property
    def models(self) -> dict[str, str]:
        """Names that stand for estimators, with the key of their present content."""
        return {
            name: binding.variable.model
            for name, binding in self.names.items()
            if binding.variable.model is not None
        }

    def before(self, namespace: dict[str, Any], *, hidden: Mapping[str, Any]) -> dict[str, int]:
        """Identities of the user's names before a cell.

        Names that appeared or changed since the last cell (callbacks, threads, what
        was there before recording began) become variables of unknown source.
        """
        ids = self._user_names.identities(namespace, hidden)
        settled, self._settled = self._settled, None
        if ids == settled:
            return ids
        for name, identity in ids.items():
            binding = self.names.get(name)
            if binding is None or binding.variable.object_id != identity:
                variable = self._observe(namespace[name], "outside", name)
                self.names[name] = Binding(variable, None)
        for name in self.names.keys() - ids.keys():
            del self.names[name]
        return ids

    def settle(
        self,
        plan: CellPlan,
        before: Mapping[str, int],
        namespace: dict[str, Any],
        *,
        hidden: Mapping[str, Any],
        execution: str,
        failed_top: int | None,
    ) -> Effects:
        """Compare the namespace with what it was, and say what the cell did to it.

        Parameters
        ----------
        plan : CellPlan
            The cell's static plan.
        before : mapping of name to identity
            From `before`, just ahead of the cell.
        namespace, hidden : mapping
            The user's namespace now, and IPython's own names in it.
        execution : str
            Identifier of the execution, the source of all it made.
        failed_top : int or None
            Top-level statement that raised; later ones had no effect.
        """
        effects = Effects()
        after = self._user_names.identities(namespace, hidden)
        bound = self._bound(plan, before, after, failed_top)
        read = {
            name: self.names[name]
            for name, top in plan.uses.names.items()
            if name in self.names and (failed_top is None or top <= failed_top)
        }
        kept = (self.names.keys() & after.keys()) - bound
        touched = {name for name in (*read, *plan.cell.stores, *plan.uses.rebinds) if name in kept}
        # What had the name before may have been changed through it: ``view *= 2``.
        former = [
            self.names[name].variable for name in read if name in bound and name in self.names
        ]
        group = self._alias_group(touched, kept, namespace, former)
        old = {
            name: (self.names[name].variable.entity, self.names[name].source)
            for name in (*read, *group)
        }
        changed, unsure = self._changed(plan, group, namespace, execution)
        for name in before.keys() - after.keys():
            effects.deleted.append(name)
            self.names.pop(name, None)
        aliased = [name for name in changed if name not in read]
        for name in (*read, *aliased):
            entity, source = old[name]
            evidence = "static" if name in read else "boundary"
            check = "sampled-equal" if name in unsure else None
            effects.used.append(UsedRecord(name, effects.add(entity), source, evidence, check))
        for name, evidence in changed.items():
            self.names[name].source = execution
            entity = self.names[name].variable.entity
            position = effects.add(entity)
            effects.generated.append(GeneratedRecord(name, position, "mutated", evidence))
            derived = DerivedRecord(position, effects.add(old[name][0]))
            if derived.entity != derived.source_entity and derived not in effects.derived:
                effects.derived.append(derived)
        self._bind(bound, before, namespace, execution, effects)
        self._settled = after
        return effects

    def _bound(
        self,
        plan: CellPlan,
        before: Mapping[str, int],
        after: Mapping[str, int],
        failed_top: int | None,
    ) -> set[str]:
        """Names created or rebound: another identity, or a store that surely ran."""
        bound = {name for name, identity in after.items() if before.get(name) != identity}
        for name in after.keys() - bound:
            weak = self.names[name].variable.weak if name in self.names else None
            if weak is not None and weak() is None:  # another object got the place of a dead one
                bound.add(name)
        for name, top in plan.cell.store_tops.items():
            if name in after and (failed_top is None or top < failed_top):
                bound.add(name)
        for loop in plan.cell.loops:
            header = plan.cell.statements[loop.first - 1] if loop.first else None
            if header is None or loop.parent is not None or not header.definite:
                continue
            if failed_top is None or header.top < failed_top:
                bound.update(name for name in loop.variables if name in after)
        return bound

    def _changed(
        self,
        plan: CellPlan,
        group: set[str],
        namespace: Mapping[str, Any],
        execution: str,
    ) -> tuple[dict[str, str], set[str]]:
        """Names of `group` whose object changed its content, with the evidence."""
        changed: dict[str, str] = {}
        unsure: set[str] = set()
        verdicts: dict[int, str | None] = {}
        patched = {name for statement in plan.cell.statements for name in statement.patched}
        patched |= {
            (call.first_argument or "").partition(".")[0]
            for call in plan.cell.calls
            if call.last == "reload"
        }
        for name in sorted(group):
            variable = self.names[name].variable
            key = id(variable)
            if key not in verdicts:
                verdicts[key] = self._compare(
                    plan, namespace[name], name, execution, namespace, patched=name in patched
                )
            verdict = verdicts[key]
            if verdict == "sampled-equal":
                unsure.add(name)
            elif verdict is not None:
                changed[name] = verdict
        return changed, unsure

    def _alias_group(
        self,
        touched: set[str],
        kept: set[str],
        namespace: Mapping[str, Any],
        former: Iterable[Variable],
    ) -> set[str]:
        live = {name for name in touched if not self.names[name].variable.settled}
        gone = [variable for variable in former if not variable.settled]
        if not live and not gone:
            return touched
        identities_ = {variable.object_id for variable in gone}
        inside: set[int] = set().union(*(variable.inside for variable in gone))
        spans = [span for variable in gone for span in variable.spans]
        for name in live:
            variable = self.names[name].variable
            identities_.add(variable.object_id)
            now_inside, now_spans = parts(namespace[name])
            inside |= variable.inside | now_inside
            spans.extend(variable.spans)
            spans.extend(span for span in now_spans if span not in variable.spans)
            variable.inside, variable.spans = now_inside, now_spans
        group = set(touched)
        for name in kept - touched:
            variable = self.names[name].variable
            if variable.settled:
                continue
            if (
                variable.object_id in identities_
                or variable.object_id in inside
                or not variable.inside.isdisjoint(identities_)
                or not variable.inside.isdisjoint(inside)
                or overlap(variable.spans, tuple(spans))
            ):
                group.add(name)
        return group

    def _compare(
        self,
        plan: CellPlan,
        value: Any,
        name: str,
        execution: str,
        namespace: Mapping[str, Any],
        *,
        patched: bool,
    ) -> str | None:
        """None when unchanged, ``"sampled-equal"``, or the evidence of a change."""
        variable = self.names[name].variable
        if variable.answers is not None:
            return self._compare_answers(variable, value, name, execution, namespace)
        if variable.settled:
            if not (patched and variable.entity.kind in {"module", "class", "function"}):
                return None
            variable.entity = _unknown(
                variable.entity, execution, name, "attribute assigned, or reloaded"
            )
            return "static"
        if not self._affords(estimate_seconds(value)):
            if cannot_write(plan, name):
                return None
            return self._compare_samples(variable, value, name, execution)
        report, _ = self._digest(value)
        if report.value is None or report.scope == "metadata":
            # Never called unchanged: a generator, a handle or a figure that the cell
            # could reach may have been consumed, read or drawn on.
            kind = variable.entity.kind
            # A handle is written through what is harmless elsewhere: ``print(…, file=handle)``.
            if kind in {"module", "class"} or (kind != "handle" and cannot_write(plan, name)):
                return None
            variable.entity = entity_of(report, execution, name)
            return "static"
        if report.scope == variable.entity.scope and report.value == variable.entity.digest:
            # What a cached property gave is no content, but later cells get it from there.
            before, variable.properties = variable.properties, properties_kept(value)
            return "boundary" if variable.properties > before else None
        if variable.entity.scope == "sampled":
            same = variable.sample is not None and sample_digest(value).value == variable.sample
            variable.entity = entity_of(report, execution, name) if not same else variable.entity
            return "sampled-equal" if same else "boundary"
        self._renew(variable, value, report, execution, name)
        return "boundary"

    @staticmethod
    def _compare_answers(
        variable: Variable,
        value: Any,
        name: str,
        execution: str,
        namespace: Mapping[str, Any],
    ) -> str | None:
        """A cached function whose answers depend on data keeps what the data were."""
        before, variable.answers = variable.answers, answers_kept(value)
        if before == variable.answers or not depends_on_data(value, namespace):
            return None
        variable.entity = _unknown(variable.entity, execution, name, "it remembers new answers")
        return "boundary"

    def _compare_samples(
        self, variable: Variable, value: Any, name: str, execution: str
    ) -> str | None:
        report = sample_digest(value)
        if report.value is not None and report.value == variable.sample:
            return "sampled-equal"
        if variable.sample is None and report.value is not None:
            # Nothing to compare with: it is not called unchanged.
            variable.sample = report.value
        self._renew(variable, value, report, execution, name)
        return "boundary"

    def _renew(
        self, variable: Variable, value: Any, report: Digest, execution: str, name: str
    ) -> None:
        variable.entity = entity_of(report, execution, name)
        variable.inside, variable.spans = parts(value)
        if report.scope == "sampled":
            variable.sample = report.value
        elif variable.sample is not None:
            variable.sample = sample_digest(value).value
        if variable.entity.kind == "estimator":
            variable.model = f"{execution}:{name}"

    def _bind(
        self,
        bound: set[str],
        before: Mapping[str, int],
        namespace: Mapping[str, Any],
        execution: str,
        effects: Effects,
    ) -> None:
        values = {id(namespace[name]) for name in bound}
        known = {
            binding.variable.object_id: binding.variable
            for name, binding in self.names.items()
            if binding.variable.object_id in values and name not in bound
        }
        for name in sorted(bound):
            value = namespace[name]
            variable = known.get(id(value))
            if variable is None or (variable.weak is not None and variable.weak() is not value):
                variable = known[id(value)] = self._observe(value, execution, name)
            self.names[name] = Binding(variable, execution)
            change = "rebound" if name in before else "created"
            position = effects.add(variable.entity)
            effects.generated.append(GeneratedRecord(name, position, change, "boundary"))

    def _observe(self, value: Any, execution: str, name: str) -> Variable:
        settled = is_settled(value)
        report, sample = self._digest(value)
        variable = Variable(
            id(value), reference(value), entity_of(report, execution, name), sample, settled
        )
        variable.answers = answers_kept(value)
        variable.properties = properties_kept(value)
        if not settled:
            variable.inside, variable.spans = parts(value)
        if variable.entity.kind == "estimator":
            variable.model = f"{execution}:{name}"
        return variable

    def profile(self, names: Iterable[str], namespace: Mapping[str, Any], effects: Effects) -> None:
        """Profile the data behind `names`, once for each content, as far as there is time."""
        for name in sorted(set(names)):
            binding = self.names.get(name)
            if binding is None or name not in namespace:
                continue
            variable = binding.variable
            entity = variable.entity
            if entity.kind not in _PROFILED_KINDS or "profile" in entity.summary:
                continue
            affordable = [
                n for n in _PROFILE_ROWS if self.account.affords(_profile_seconds(entity, n))
            ]
            if not affordable:
                continue
            started = time.perf_counter()
            found = profile(namespace[name], max_rows=affordable[0])
            variable.entity = replace(entity, summary={**entity.summary, "profile": found})
            self.account.pay(time.perf_counter() - started)
            effects.replace(entity, variable.entity)

    def _affords(self, seconds: float) -> bool:
        return seconds <= _SMALL_SECONDS or self.account.affords(seconds)

    def _digest(self, value: Any) -> tuple[Digest, str | None]:
        """The digest that the account affords, and a sample when the object is large."""
        seconds = estimate_seconds(value)
        started = time.perf_counter()
        try:
            if not self._affords(seconds):
                report = sample_digest(value)
                return report, report.value
            report = digest_report(value)
            sample = sample_digest(value).value if seconds > _SMALL_SECONDS else None
            return report, sample
        finally:
            self.account.pay(time.perf_counter() - started)


def _profile_seconds(entity: EntityRecord, max_rows: int) -> float:
    """About what a profile costs: the rows looked at, and the whole once through memory."""
    shape: Any = entity.summary.get("shape") or [max_rows]
    columns = max(len(entity.columns), 1)
    rows = min(int(shape[0]), max_rows) if shape else 1
    column = _PROFILE_COLUMN_SECONDS + rows * _PROFILE_ROW_SECONDS
    return column * columns + (entity.size or 0) / 5e8


class UserNames:
    """The user's names in a namespace, without a walk over IPython's own.

    IPython adds ``_i7`` and ``_7`` with every cell; in a long session they are nearly
    all there is, and a cell must not pay for the cells before it.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._names: dict[str, None] = {}

    def identities(self, namespace: dict[str, Any], hidden: Mapping[str, Any]) -> dict[str, int]:
        """Identity of every user name (IPython's, unless the user rebound them, left out)."""
        self._look(namespace)
        found: dict[str, int] = {}
        for name in self._names:
            value = namespace[name]
            if not (name in hidden and hidden[name] is value):
                found[name] = id(value)
        return found

    def _look(self, namespace: dict[str, Any]) -> None:
        """Find names that came and went; a dict keeps its order, so new ones stand at its end."""
        gone = [name for name in self._names if name not in namespace]
        new: list[str] = []
        for name in reversed(namespace):
            if name in self._seen:
                break
            new.append(name)
        if len(namespace) != len(self._seen) + len(new) - len(gone):
            # Names were deleted and made again, or some of IPython's went.
            self._seen = set()
            self._names = {}
            gone, new = [], list(reversed(namespace))
        for name in gone:
            del self._names[name]
            self._seen.discard(name)
        for name in reversed(new):
            self._seen.add(name)
            if type(name) is str and is_user_name(name):
                self._names[name] = None


def entity_of(report: Digest, execution: str, name: str) -> EntityRecord:
    """The entity of a digest; unknown content is told apart by who made it under which name."""
    lineage, digest, scope = None, report.value, report.scope
    if digest is None or (scope == "metadata" and report.kind not in {"module", "class"}):
        digest, scope = None, "unknown"
        lineage = xxhash.xxh3_128_hexdigest(f"{execution}:{name}".encode())
    return EntityRecord(
        kind=report.kind,
        type=report.type,
        digest=digest,
        scope=scope,
        size=report.size,
        summary=dict(report.summary),
        lineage_digest=lineage,
        reason=report.reason,
        columns=tuple((column.name, column.dtype, column.digest) for column in report.columns),
    )


def _unknown(entity: EntityRecord, execution: str, name: str, reason: str) -> EntityRecord:
    lineage = xxhash.xxh3_128_hexdigest(f"{execution}:{name}".encode())
    return EntityRecord(
        entity.kind, entity.type, None, "unknown", lineage_digest=lineage, reason=reason
    )
