"""Functions, classes and modules, by what they do.

A function is its byte code, constants, defaults and closure. File names, line
numbers and the globals it uses are left out: capture follows the globals
itself. Classes of the user's are their members; library classes and modules
are their names, since the environment records the versions.
"""

from __future__ import annotations

import functools
import types
from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core import digest_types
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_walk import Walk, register, text_token

# Entries of a class that say where it stands or are computed from others.
_NOT_CONTENT = frozenset(
    (
        "__dict__",
        "__weakref__",
        "__module__",
        "__qualname__",
        "__doc__",
        "__firstlineno__",
        "__static_attributes__",
        "__abstractmethods__",
        "_abc_impl",
        "__parameters__",
        "__orig_bases__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__type_params__",
        "_is_protocol",
        "__protocol_attrs__",
        "__non_callable_proto_members__",
        "__class__",
        "__classcell__",
        "__classdictcell__",
        "__conditional_annotations__",
    )
)


def _code(walk: Walk, code: types.CodeType) -> bytes:
    numbers = (
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
    )  # fmt: skip
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    parts = [
        walk.token(code.co_code),
        walk.token(code.co_exceptiontable),
        walk.token(list(numbers)),
        walk.items([list(one) if type(one) is tuple else one for one in names]),
        walk.items(list(code.co_consts)),
    ]
    return xxh3_128_digest(b"code" + b"".join(parts))


def _function(walk: Walk, function: types.FunctionType) -> bytes:
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append((cell.cell_contents,))
        except ValueError:  # not bound yet
            cells.append(())  # type: ignore[arg-type]
    parts = [
        walk.token(function.__code__),
        walk.token(function.__defaults__),
        walk.token(function.__kwdefaults__),
        walk.items(cells),
    ]
    attributes = {key: one for key, one in function.__dict__.items() if type(key) is str}
    return walk.state(b"function" + b"".join(parts), "", attributes)


def _method(walk: Walk, method: types.MethodType) -> bytes:
    return xxh3_128_digest(b"method" + walk.token(method.__func__) + walk.token(method.__self__))


def _builtin(walk: Walk, function: Any) -> bytes:
    owner = function.__self__
    bound = b"" if owner is None or type(owner) is types.ModuleType else walk.token(owner)
    module = getattr(function, "__module__", None) or ""  # method wrappers have none
    return xxh3_128_digest(
        b"builtin" + text_token(module) + text_token(function.__qualname__) + bound
    )


def _descriptor(walk: Walk, entry: Any) -> bytes:
    owner = digest_types.full_name(entry.__objclass__)
    return xxh3_128_digest(b"descriptor" + text_token(owner) + text_token(entry.__name__))


def _wrapped(walk: Walk, entry: Any) -> bytes:
    return xxh3_128_digest(
        b"wrapped" + text_token(type(entry).__name__) + walk.token(entry.__func__)
    )


def _property(walk: Walk, entry: property) -> bytes:
    return xxh3_128_digest(b"property" + walk.items([entry.fget, entry.fset, entry.fdel]))


def _cached(walk: Walk, entry: Any) -> bytes:
    """An ``lru_cache``: what it wraps; what it holds is not content."""
    wrapped = entry.__dict__.get("__wrapped__")
    if wrapped is None:
        raise Unreadable("a cached function without the function", "function")
    return xxh3_128_digest(b"cached" + walk.token(wrapped))


def _module(walk: Walk, module: types.ModuleType) -> bytes:
    names = digest_types.module_names(module)
    version = names.get("__version__")
    name = names.get("__name__")
    walk.metadata_reason = walk.metadata_reason or "a module is known by name and version only"
    return xxh3_128_digest(
        b"module"
        + text_token(name if type(name) is str else "?")
        + text_token(version if type(version) is str else "")
    )


def class_digest(walk: Walk, cls: type) -> bytes:
    """16 bytes for a class: members when it is the user's, its name otherwise."""
    name = text_token(digest_types.full_name(cls))
    if digest_types.is_library_class(cls):
        return xxh3_128_digest(b"library class" + name)
    own = digest_types.members(cls)
    content = {
        key: one for key, one in own.items()
        if type(key) is str and key not in _NOT_CONTENT and not _is_slot(one)
    }  # fmt: skip
    bases = [base for base in cls_bases(cls) if base is not object]
    parts = [walk.items(bases), walk.token(type(cls)) if type(cls) is not type else b""]
    return walk.state(b"class" + b"".join(parts), digest_types.qualname(cls), content)


def cls_bases(cls: type) -> tuple[type, ...]:
    """Direct bases, read without the metaclass."""
    found: tuple[type, ...] = type.__dict__["__bases__"].__get__(cls)
    return found


def _is_slot(entry: object) -> bool:
    kind = type(entry)
    return kind is types.MemberDescriptorType or kind is types.GetSetDescriptorType


def _alias(walk: Walk, entry: Any) -> bytes:
    return xxh3_128_digest(b"alias" + walk.token(entry.__origin__) + walk.token(entry.__args__))


def _union(walk: Walk, entry: Any) -> bytes:
    return xxh3_128_digest(b"union" + walk.token(entry.__args__))


def register_code() -> None:
    """Set how functions, classes and modules are read."""
    register(types.CodeType, "function", _code)
    register(types.FunctionType, "function", _function)
    register(types.MethodType, "function", _method)
    register(types.BuiltinFunctionType, "function", _builtin)
    register(types.MethodWrapperType, "function", _builtin)
    for kind in (
        types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
        types.MemberDescriptorType, types.GetSetDescriptorType,
    ):  # fmt: skip
        register(kind, "function", _descriptor)
    register(staticmethod, "function", _wrapped)
    register(classmethod, "function", _wrapped)
    register(property, "function", _property)
    register(type(functools.lru_cache(len)), "function", _cached)
    register(types.ModuleType, "module", _module)
    register(types.GenericAlias, "class", _alias)
    register(types.UnionType, "class", _union)
    register(type, "class", class_digest)
