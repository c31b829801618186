"""How types outside the table are read: subclasses, instances, libraries.

Nothing of the user's is called. Instances are read through their dictionary
and slots by C descriptors, subclasses of built-in types through the built-in's
own methods. What cannot be read so is unknown, with the reason.
"""

from __future__ import annotations

import enum
import sys
import types as std_types
from collections.abc import Callable
from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core import digest_types as types
from celltrail.core.digest_code import class_digest, register_code
from celltrail.core.digest_estimators import estimator_base, estimator_digest, reduced_digest
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_libraries import register_library
from celltrail.core.digest_scalars import mapping_digest, register_standard, set_digest
from celltrail.core.digest_walk import TABLE, Entry, Walk, text_token

_HANDLE_ROOTS = frozenset(
    ("_io", "io", "_socket", "socket", "_thread", "threading", "_sqlite3", "sqlite3", "select",
     "_ssl", "ssl", "mmap", "subprocess", "multiprocessing", "asyncio", "_asyncio", "concurrent",
     "_contextvars", "_queue", "queue", "tempfile", "zipfile", "tarfile", "_ctypes", "ctypes")
)  # fmt: skip
_FIGURE_ROOTS = frozenset(("matplotlib", "plotly", "bokeh", "altair"))
# Compiled objects of these libraries are asked for their own state.
_REDUCED_ROOTS = frozenset(("sklearn", "scipy", "numpy", "pandas"))
_Read = Callable[[Walk, Any], bytes]


def resolve(cls: type) -> Entry:
    """How a type that is not in the table is read; never raises for odd types."""
    root = types.module_name(cls).partition(".")[0]
    if register_library(root) and (found := TABLE.get(id(cls))) is not None:
        return found
    if types.inherits(cls, type):
        return Entry("class", class_digest, False, cls)
    for choose in (_stream, _estimator, _subclass, _compiled):
        entry = choose(cls, root)
        if entry is not None:
            return entry
    reason = types.is_tame(cls)
    if reason is not None:
        kind = "unknown" if types.is_library(types.module_name(cls)) else "object"
        return _unreadable(cls, kind, reason)
    return Entry("object", _instance, False, cls)


def _unreadable(cls: type, kind: str, reason: str) -> Entry:
    def refuse(walk: Walk, obj: object) -> bytes:
        raise Unreadable(f"{types.short_name(cls)}: {reason}", kind)

    return Entry(kind, refuse, False, cls)


def _stream(cls: type, root: str) -> Entry | None:
    """Things that reading would use up, and things that stand for the outside."""
    roots = {types.module_name(base).partition(".")[0] for base in types.mro(cls)}
    if roots & _FIGURE_ROOTS:
        return Entry("figure", _figure, False, cls)
    if roots & _HANDLE_ROOTS:
        return _unreadable(cls, "handle", "it stands for something outside the kernel")
    if any("__next__" in types.members(base) for base in types.mro(cls)) and (
        root in ("builtins", "itertools", "_csv", "re") or types.is_tame(cls) is not None
    ):
        return _unreadable(cls, "generator", "reading it would use it up")
    if root == "builtins" and types.qualname(cls) in ("coroutine", "async_generator"):
        return _unreadable(cls, "generator", "reading it would use it up")
    return None


def _figure(walk: Walk, obj: object) -> bytes:
    walk.metadata_reason = walk.metadata_reason or "the content of figures is not read"
    return xxh3_128_digest(b"figure" + text_token(types.full_name(type(obj))))


def _estimator(cls: type, root: str) -> Entry | None:
    base = estimator_base()
    if base is None or not types.inherits(cls, base):
        return None
    reason = types.is_tame(cls)
    if reason is not None:
        return _unreadable(cls, "estimator", reason)
    return Entry("estimator", estimator_digest, False, cls)


def _subclass(cls: type, root: str) -> Entry | None:
    """Subclasses of built-in and library data types."""
    order = types.mro(cls)
    if any(base is enum.Enum for base in order):
        return Entry("scalar", _enum_member, False, cls)
    for base, kind, content in _BUILTIN_BASES:
        if types.inherits(cls, base):
            return Entry(kind, _with_attributes(content), False, cls)
    for base in order[1:]:
        entry = TABLE.get(id(base))
        if entry is not None and types.qualname(base) in ("ndarray", "DataFrame", "Series"):
            return Entry(entry.kind, _with_attributes(entry.encode, skip=_PANDAS_OWN), False, cls)
    return None


def _compiled(cls: type, root: str) -> Entry | None:
    name = types.qualname(cls)
    if name == "cython_function_or_method" and _is_cython(cls):
        return Entry("function", _compiled_function, False, cls)
    if not types.is_library_class(cls):
        return None
    if name == "_ArrayFunctionDispatcher":
        return Entry("function", _compiled_function, False, cls)
    if root in _REDUCED_ROOTS and types.is_tame(cls) is not None:
        return Entry("object", reduced_digest, False, cls)
    return None


def _is_cython(cls: type) -> bool:
    """Whether this is Cython's type of functions, of any of the versions in the process.

    Its ``__module__`` is the functions' own, so its home is looked for.
    """
    homes = [name for name in list(sys.modules) if name.startswith("_cython_")]
    return any(types.loaded(home).get(types.qualname(cls)) is cls for home in homes)


def _compiled_function(walk: Walk, function: Any) -> bytes:
    return xxh3_128_digest(
        b"builtin" + text_token(str(function.__module__)) + text_token(str(function.__qualname__))
    )


# What `_mgr` and friends hold is read as data already.
_PANDAS_OWN = frozenset(("_mgr", "_item_cache", "_attrs", "_flags", "_name", "_cacher"))


def _with_attributes(content: _Read, skip: frozenset[str] = frozenset()) -> _Read:
    """Reader of a subclass: content by the base's rules, then attributes, under the class name."""

    def read(walk: Walk, obj: object) -> bytes:
        cls = type(obj)
        reason = _own_members_reason(cls)
        if reason is not None:
            raise Unreadable(f"{types.short_name(cls)}: {reason}", "object")
        state = {
            key: one for key, one in types.instance_state(obj).items() if key not in skip
        }  # fmt: skip
        return walk.state(b"subclass" + content(walk, obj), types.full_name(cls), state)

    return read


def _own_members_reason(cls: type) -> str | None:
    """`is_tame` for the classes of Python only, the built-in base left out."""
    for base in types.mro(cls):
        own = types.members(base)
        if base is object or types.is_library(types.module_name(base)):
            continue
        if "__class__" in own:
            return "its class pretends to be another"
        if "__getattribute__" in own:
            return "its class replaces attribute access"
        entry = own.get("__dict__")
        if entry is not None and type(entry) is not std_types.GetSetDescriptorType:
            return "its class replaces __dict__"
    return None


def _enum_member(walk: Walk, member: object) -> bytes:
    state = types.instance_state(member)
    content = [types.full_name(type(member)), state.get("_name_"), state.get("_value_")]
    return xxh3_128_digest(b"enum" + walk.items(content))


# The built-in's own methods are called with the object: overrides do not count.
_BUILTIN_BASES: tuple[tuple[type, str, _Read], ...] = (
    (int, "scalar", lambda walk, obj: walk.token(int.__index__(obj) + 0)),
    (float, "scalar", lambda walk, obj: walk.token(float.__pos__(obj))),
    (complex, "scalar", lambda walk, obj: walk.token(complex.__pos__(obj))),
    (str, "text", lambda walk, obj: walk.token(str.__getitem__(obj, slice(None)))),
    (bytes, "bytes", lambda walk, obj: walk.token(bytes.__getitem__(obj, slice(None)))),
    (list, "container", lambda walk, obj: walk.items(list.__getitem__(obj, slice(None)))),
    (tuple, "container", lambda walk, obj: walk.items([*tuple.__iter__(obj)])),
    (dict, "container", lambda walk, obj: mapping_digest(walk, b"dict", obj)),
    (set, "container", lambda walk, obj: set_digest(walk, b"set", [*set.__iter__(obj)])),
    (frozenset, "container",
     lambda walk, obj: set_digest(walk, b"set", [*frozenset.__iter__(obj)])),
)  # fmt: skip


def _instance(walk: Walk, obj: object) -> bytes:
    cls = type(obj)
    return walk.state(b"object", types.full_name(cls), types.instance_state(obj))


register_standard()
register_code()
