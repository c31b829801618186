"""Reading types without running code of theirs.

A metaclass may define ``__getattribute__``, ``__eq__`` or ``__hash__``; a class
may define ``__class__`` or ``__dict__`` as a property. So nothing here uses
``isinstance``, ``in`` or plain attribute access on a type that was not made by
a known library: the C getters of ``type`` are called directly, and types are
compared by ``is``.
"""

from __future__ import annotations

import functools
import sys
import types
from abc import ABCMeta
from collections.abc import Callable, Mapping
from enum import EnumMeta
from struct import calcsize
from typing import Any, cast

_get_mro = cast("Callable[[type], tuple[type, ...]]", type.__dict__["__mro__"].__get__)
_get_dict = cast("Callable[[type], Mapping[str, Any]]", type.__dict__["__dict__"].__get__)
_get_qualname = cast("Callable[[type], object]", type.__dict__["__qualname__"].__get__)
_get_module = cast("Callable[[type], object]", type.__dict__["__module__"].__get__)
_get_flags = cast("Callable[[type], int]", type.__dict__["__flags__"].__get__)
_get_size = cast("Callable[[type], int]", type.__dict__["__basicsize__"].__get__)
_module_dict: Any = type.__getattribute__(types.ModuleType, "__dict__")["__dict__"]
module_names = cast("Callable[[object], dict[str, Any]]", _module_dict.__get__)
# Classes made by C code describe their methods with these.
_C_MEMBERS = (types.WrapperDescriptorType, types.MethodDescriptorType)
_HELD_IN_C = "its content is held in C"
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or by newer C code
_POINTER_BYTES = calcsize("P")  # a slot; a dictionary and a weak reference list take one each
_TAME_METACLASSES = (type, ABCMeta, EnumMeta)

_Fields = list[tuple[str, Any]]  # name, descriptor (None for a cached property)
# By the id of a class, which the entry keeps alive. Walking pandas' hundreds of methods
# for each look at a frame costs more than its digest.
_library_fields: dict[int, tuple[type, _Fields]] = {}


def mro(cls: type) -> tuple[type, ...]:
    """Bases of a class in lookup order, itself first."""
    return _get_mro(cls)


def members(cls: type) -> Mapping[str, Any]:
    """The class's own dictionary."""
    return _get_dict(cls)


def inherits(cls: type, base: object) -> bool:
    """Whether `base` is among the bases, by identity."""
    return any(one is base for one in _get_mro(cls))


def qualname(cls: type) -> str:
    """The class's qualified name."""
    name = _get_qualname(cls)
    return name if type(name) is str else "?"


def module_name(cls: type) -> str:
    """The module a class says it comes from, or ``"?"``."""
    name = _get_dict(cls).get("__module__")
    if type(name) is str:
        return name
    try:
        # Static C types have no entry of their own: their name has dots instead.
        name = _get_module(cls)
    except AttributeError:
        return "?"
    return name if type(name) is str else "?"


def full_name(cls: type) -> str:
    """Module and qualified name, as hashed."""
    return f"{module_name(cls)}.{qualname(cls)}"


def short_name(cls: type) -> str:
    """Module root and qualified name, as shown; builtins without a module."""
    root = module_name(cls).partition(".")[0]
    return qualname(cls) if root == "builtins" else f"{root}.{qualname(cls)}"


def loaded(name: str) -> dict[str, Any]:
    """Names of a module that is already imported; empty when it is not."""
    module = sys.modules.get(name)
    if module is None or not inherits(type(module), types.ModuleType):
        return {}
    return module_names(module)


def is_library(module: str) -> bool:
    """Whether a module is installed or built in, rather than the user's.

    The recorded file name is compared as text; no file is looked at.
    """
    root = module.partition(".")[0]
    if root == "__main__":
        return False
    if root in sys.stdlib_module_names or root == "celltrail":
        return True
    names = loaded(module) or loaded(root)
    if not names:
        return False
    file = names.get("__file__")
    if type(file) is not str:
        return file is None and names.get("__spec__") is not None
    return "site-packages" in file or "dist-packages" in file


def is_library_class(cls: type) -> bool:
    """Whether a class is what a library's module holds under its name.

    A class may claim any module; only the ones found there may be asked things.
    """
    module, name = module_name(cls), qualname(cls)
    if not (is_library(module) or module.startswith("_cython_")):
        return False
    return loaded(module).get(name) is cls


def is_tame(cls: type) -> str | None:
    """None when an instance can be read through its dictionary and slots.

    Returns
    -------
    str or None
        The reason why not.
    """
    meta = type(cls)
    if not any(meta is one for one in _TAME_METACLASSES) and not is_library(module_name(meta)):
        return "its class has a metaclass of its own"
    slots = 0
    for base in _get_mro(cls):
        if base is object:
            continue
        if not _get_flags(base) & _HEAP_TYPE:
            return _HELD_IN_C
        own = _get_dict(base)
        if type(own.get("__getattribute__")) is types.WrapperDescriptorType:
            return _HELD_IN_C
        if "__getattribute__" in own:
            return "its class replaces attribute access"
        if "__class__" in own:
            return "its class pretends to be another"
        entry = own.get("__dict__")
        if entry is not None and type(entry) is not types.GetSetDescriptorType:
            return "its class replaces __dict__"
        for name, value in own.items():
            kind = type(value)
            if kind is types.MemberDescriptorType and value.__objclass__ is base:
                slots += 1
            elif (any(kind is one for one in _C_MEMBERS) and value.__objclass__ is base) or (
                kind is types.GetSetDescriptorType
                and value.__objclass__ is base
                and name not in ("__dict__", "__weakref__")
            ):
                return _HELD_IN_C
    hidden = _get_size(cls) - object.__basicsize__ - slots * _POINTER_BYTES
    return None if hidden <= 2 * _POINTER_BYTES else _HELD_IN_C


def instance_state(obj: object) -> dict[str, Any]:
    """Attributes in the instance dictionary and the slots, nothing computed.

    Only for objects whose class `is_tame`.
    """
    state: dict[str, Any] = {}
    cached: list[str] = []
    for base in _get_mro(type(obj)):
        for name, entry in _fields(base):
            if entry is None:
                cached.append(name)
            elif name == "__dict__":
                state.update(_plain_dict(entry.__get__(obj)))
            else:
                try:
                    state[name] = entry.__get__(obj)
                except AttributeError:  # an empty slot
                    continue
    for name in cached:  # computed from the rest when first looked at
        state.pop(name, None)
    if module_name(type(obj)).startswith("pandas."):
        state.pop("_cache", None)  # the same, by pandas' own cached properties
    return state


def _fields(base: type) -> _Fields:
    """Where a class itself keeps state: its slots, its dictionary, its cached properties."""
    known = _library_fields.get(id(base))
    if known is not None:
        return known[1]
    fields: _Fields = []
    for name, entry in _get_dict(base).items():
        if type(entry) is functools.cached_property:
            fields.append((f"{name}", None))
        elif (type(entry) is types.MemberDescriptorType and entry.__objclass__ is base) or (
            name == "__dict__" and type(entry) is types.GetSetDescriptorType
        ):
            fields.append((f"{name}", entry))
    # A class of the user's may change, and must be free to go when it is deleted.
    if is_library_class(base):
        _library_fields[id(base)] = (base, fields)
    return fields


def _plain_dict(found: object) -> dict[str, Any]:
    if type(found) is dict:
        return found
    raise TypeError("the instance dictionary is not a dict")
