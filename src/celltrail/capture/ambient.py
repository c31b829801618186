"""State outside the namespace: random generators, environment, folder, options."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any

import xxhash

from celltrail.capture.harmless import HARMLESS
from celltrail.capture.libraries import library_settings, module_data
from celltrail.capture.plan import CellPlan
from celltrail.capture.randomness import random_states
from celltrail.capture.uses import codes_in
from celltrail.capture.variables import Effects
from celltrail.core.functions import code_names
from celltrail.core.records import EntityRecord, GeneratedRecord, UsedRecord
from celltrail.core.source import Call

_SEEDING = frozenset({"seed", "setstate", "set_state"})
# What a function that draws nothing may name besides modules and seeding itself.
_ONLY_SEEDING = _SEEDING | {"random", "environ", "str", "int", "print", "manual_seed"}
_STATE_TAKING = frozenset({"getstate", "get_state"})
_GENERATORS = ("random", "numpy.random")
_ENVIRONMENT_WORDS = ("env",)
# The same for functions that the cell may call, by the names in their compiled code.
_ENVIRONMENT_NAMES = frozenset({"environ", "putenv", "unsetenv", "load_dotenv"})
_OPTION_NAMES = frozenset(
    {"set_option", "reset_option", "options", "rcParams", "rc", "rcdefaults", "style", "set_theme"}
)
# Reading all options costs too much for every cell; code that changes them says so.
_OPTION_WORDS = ("option", "rcParams", "style", "set_theme", "rc(", "rcdefaults")


class Ambient:
    """What each piece of ambient state was, and which execution changed it last."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, EntityRecord]] = {}  # name -> maker, content
        self.seeded: set[str] = set()
        # Kept from the end of one cell to the start of the next: reading it costs more
        # than the rest of a trivial cell. A draw between cells counts for the next one.
        self._states: dict[str, int] | None = None
        self._environ: dict[Any, Any] = {}
        self._sets_environ = False
        self._folder = ""
        self._options: dict[str, str] = {}
        self._modules: dict[str, str | None] = {}  # the user's own -> digest of its data

    def forget(self) -> None:
        """A cell ran that is not recorded: what it drew is nobody's."""
        self._states = None

    def before(self, code: str) -> None:
        """Note the state ahead of a cell."""
        if self._states is None:
            self._states = random_states()
        self._environ = dict(_environ())
        # Libraries set variables of their own when imported: only code that says
        # it deals with the environment is taken to change it.
        self._sets_environ = any(word in code for word in _ENVIRONMENT_WORDS)
        self._folder = _folder()
        watched = any(word in code for word in _OPTION_WORDS)
        self._options = _option_states() if watched else {}

    def watch(self, plan: CellPlan) -> None:
        """Note the options too where a function that the cell may call deals with them."""
        if not self._options and not plan.uses.words.isdisjoint(_OPTION_NAMES):
            self._options = _option_states()

    def settle(
        self,
        plan: CellPlan,
        namespace: Mapping[str, Any],
        execution: str,
        effects: Effects,
        *,
        is_secret: Callable[[str], bool],
    ) -> tuple[str, ...]:
        """Add edges for what moved; returns the random sources that were never seeded."""
        unseeded = self._random(plan, namespace, execution, effects)
        for name in sorted(plan.cell.environ_reads):
            self._use(effects, f"environ:{name}")
        now = _environ()
        sets = self._sets_environ or not plan.uses.words.isdisjoint(_ENVIRONMENT_NAMES)
        if now != self._environ and sets:
            for key in sorted(now.keys() | self._environ.keys(), key=repr):
                if now.get(key) != self._environ.get(key):
                    name = os.fsdecode(key) if isinstance(key, bytes) else str(key)
                    entity = _environ_entity(name, execution, is_secret)
                    self._make(effects, f"environ:{name}", entity, execution)
        folder = _folder()
        if folder != self._folder:
            entity = _state("cwd", xxhash.xxh3_128_hexdigest(folder.encode()))
            self._make(effects, "ambient:cwd", entity, execution)
        if self._options:
            for name, state in _option_states().items():
                if self._options.get(name, state) != state:
                    self._make(effects, f"ambient:{name}", _state(name, state), execution)
        changed = library_settings(plan, namespace)
        for name, digest in module_data(plan, namespace):
            if name in self._modules and self._modules[name] != digest:
                changed.add(f"module.{name}")
            self._modules[name] = digest
        for name in sorted(changed):
            text = f"{execution}:{name}".encode()
            entity = EntityRecord(
                "ambient",
                name,
                None,
                "unknown",
                lineage_digest=xxhash.xxh3_128_hexdigest(text),
                reason="judged from the code",
            )
            self._make(effects, f"ambient:{name}", entity, execution)
        return unseeded

    def _random(
        self, plan: CellPlan, namespace: Mapping[str, Any], execution: str, effects: Effects
    ) -> tuple[str, ...]:
        unseeded: list[str] = []
        seeding: set[str] | None = None
        before, self._states = self._states or {}, random_states()
        if any(call.last in _STATE_TAKING for call in plan.cell.calls) or (
            plan.uses.words & _STATE_TAKING
        ):
            for name in _GENERATORS:
                self._use(effects, f"ambient:{name}")
                self._use(effects, f"seed:{name}")
        for name, state in self._states.items():
            known = before.get(name)
            if known == state:
                continue
            if seeding is None:
                seeding = _seeded_by(plan, namespace)
            full = f"ambient:{name}"
            if name in seeding:
                self.seeded.add(name)
                if _may_draw_first(plan, namespace):
                    self._use(effects, full)
                    self._use(effects, f"seed:{name}")
            elif known is None and _is_fresh(name):
                continue  # the generator came with an import: it has not moved
            else:
                self._use(effects, full)
                self._use(effects, f"seed:{name}")
            if name not in self.seeded:
                unseeded.append(name)
            self._make(effects, full, _random_entity(name), execution)
            if name in seeding:
                # What a draw depends on is the seed, and how often it was drawn since; a
                # result's closure follows the seed, a recipe the ambient state as well.
                self.sources[f"seed:{name}"] = self.sources[full]
        unseeded.extend(
            "numpy.random.default_rng"
            for call in plan.cell.calls
            if call.last == "default_rng" and not call.given
        )
        return tuple(dict.fromkeys(unseeded))

    def _use(self, effects: Effects, name: str) -> None:
        """The cell depended on what an earlier execution made of `name`, if one did."""
        if name in self.sources:
            source, entity = self.sources[name]
            effects.used.append(UsedRecord(name, effects.add(entity), source, "boundary"))

    def _make(self, effects: Effects, name: str, entity: EntityRecord, execution: str) -> None:
        self.sources[name] = (execution, entity)
        effects.generated.append(GeneratedRecord(name, effects.add(entity), "mutated", "boundary"))


def _state(name: str, state: str) -> EntityRecord:
    return EntityRecord("ambient", name, f"ct1:{state}", "full")


def _environ() -> Mapping[Any, Any]:
    # The mapping behind os.environ: comparing it costs a tenth of decoding each name.
    data = getattr(os.environ, "_data", None)
    return data if isinstance(data, dict) else dict(os.environ)


def _environ_entity(name: str, maker: str, is_secret: Callable[[str], bool]) -> EntityRecord:
    value = os.environ.get(name)
    if value is None or is_secret(name):
        # A digest of a short secret can be guessed, so there is none.
        lineage = xxhash.xxh3_128_hexdigest(f"{maker}:environ:{name}".encode())
        reason = "deleted" if value is None else "redacted"
        return EntityRecord(
            "ambient", "environ", None, "unknown", lineage_digest=lineage, reason=reason
        )
    text = f"{name}={value}".encode(errors="surrogateescape")
    return EntityRecord("ambient", "environ", f"ct1:{xxhash.xxh3_128_hexdigest(text)}", "full")


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (a tenth of Path.cwd, in every cell)
    except OSError:  # the folder was removed under the kernel
        return ""


def _is_fresh(name: str) -> bool:
    """Whether NumPy's global generator stands where every new one does, at the block's end."""
    if name != "numpy.random":
        return False
    numpy_random = sys.modules["numpy.random"]
    position = numpy_random.get_state(legacy=False)["state"]["pos"]
    fresh = numpy_random.RandomState().get_state(legacy=False)["state"]["pos"]
    return bool(position == fresh)


def _random_entity(name: str) -> EntityRecord:
    if name == "random":
        text = repr(random.getstate())
    else:
        state = sys.modules["numpy.random"].get_state(legacy=True)
        text = repr((state[1].tobytes(), state[2:]))
    return _state(name, xxhash.xxh3_128_hexdigest(text.encode()))


def _option_states() -> dict[str, str]:
    found: dict[str, str] = {}
    config = sys.modules.get("pandas._config.config")
    if config is not None:
        found["pandas.options"] = _fingerprint(vars(config).get("_global_config"))
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and "rcParams" in vars(matplotlib):
        found["matplotlib.rcParams"] = _fingerprint(dict.items(vars(matplotlib)["rcParams"]))
    return found


def _fingerprint(value: object) -> str:
    return xxhash.xxh3_128_hexdigest(repr(value).encode())


def _may_draw_first(plan: CellPlan, namespace: Mapping[str, Any]) -> bool:
    """Whether the cell calls something ahead of its seeding, or may not seed at all."""
    for call in plan.cell.calls:
        if call.last in _SEEDING or _only_seeds(call, plan, namespace):
            return not call.statement.definite
        if call.last not in HARMLESS:
            return True
    return False


def _only_seeds(call: Call, plan: CellPlan, namespace: Mapping[str, Any]) -> bool:
    """Whether a call runs a function of the notebook's that names nothing but seeding."""
    function = namespace.get(call.path)
    if call.last in plan.cell.functions or type(function) is not FunctionType:
        return False
    names = [code_names(code) for code in codes_in(function, namespace)]
    attributes = frozenset[str]().union(*(one.attributes for one in names))
    loads = frozenset[str]().union(*(one.loads for one in names))
    called = {name for name in loads if type(namespace.get(name)) is not ModuleType}
    return bool(attributes & _SEEDING) and attributes | called <= _ONLY_SEEDING


def _seeded_by(plan: CellPlan, namespace: Mapping[str, Any]) -> set[str]:
    """Generators that the cell's code seeds, directly or in a function it calls."""
    found: set[str] = set()
    for call in plan.cell.calls:
        if call.last in _SEEDING:
            owner = _seed_owner(call.path, plan.cell.imports, namespace)
            found |= {owner} if owner else set()
        elif call.path == call.last:
            local = plan.cell.functions.get(call.last)
            if local is not None and (local.attributes | local.loads) & _SEEDING:
                found.update(_GENERATORS)
            for code in codes_in(namespace.get(call.last), namespace):
                names = code_names(code)
                if (names.attributes | names.loads) & _SEEDING:
                    found.update(_GENERATORS)
    return found


def _seed_owner(path: str, imports: Mapping[str, str], namespace: Mapping[str, Any]) -> str | None:
    """``numpy.random`` for ``np.random.seed``, ``random`` for ``random.seed``."""
    first, _, rest = path.partition(".")
    module = namespace.get(first)
    name = imports.get(first) or (module.__name__ if type(module) is ModuleType else first)
    full = f"{name}.{rest}" if rest else name
    if full.startswith("numpy."):
        return "numpy.random"
    if full.startswith("random."):
        return "random"
    for owner in _GENERATORS:  # by identity: an unknown object's attributes may run its code
        library = sys.modules.get(owner)
        if library is not None and any(vars(library).get(n) is module for n in _SEEDING):
            return owner
    return None
