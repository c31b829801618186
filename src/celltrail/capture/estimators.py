"""Estimators as they are at a call: their class and the params that someone set."""

from __future__ import annotations

import types
from abc import ABCMeta
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from celltrail.capture import recognised
from celltrail.capture.objects import instance_dict, is_one_of, plain_scalar
from celltrail.core.digest_types import is_library, members, module_name, mro, qualname

_SCALARS = frozenset({int, float, str, bool, type(None)})
MAX_TEXT = 100
_MAX_DEPTH = 4


@dataclass(slots=True)
class Estimator:
    """An estimator as it was at a call: class, own params, identity."""

    object_id: int
    owner: str
    params: dict[tuple[str, str], Any]  # (class, param), those of the estimators inside it too
    path: str  # text of the receiver in the cell


def read_estimator(estimator: Any, path: str) -> Estimator:
    """Return what an estimator is now, with the params that differ from the defaults.

    They are read from its ``__dict__`` under the names of its constructor (scikit-learn's
    own convention), so nothing of the user's is called. A pipeline's, a column
    transformer's or a search's inner estimators count under their own classes.
    """
    params: dict[tuple[str, str], Any] = {}
    for inner in _with_inner(estimator, 0):
        owner = _name(type(inner))
        for name, value in _changed(inner).items():
            params.setdefault((owner, name), value)
    return Estimator(id(estimator), _name(type(estimator)), params, path)


def class_names(estimator: Any) -> tuple[str, ...]:
    """Return the full name of an estimator's class, then those of the estimators inside it."""
    kinds = (type(inner) for inner in _with_inner(estimator, 0))
    return tuple(f"{module_name(kind)}.{qualname(kind)}" for kind in kinds)


def default_of(estimator_class: type, name: str) -> Any:
    """The default of a constructor's param; None where there is none."""
    return (_defaults_of(estimator_class) or {}).get(name)


def _with_inner(estimator: Any, depth: int) -> Iterator[Any]:
    yield estimator
    if depth > _MAX_DEPTH:
        return
    values = instance_dict(estimator)
    for name in _defaults_of(type(estimator)) or ():
        value = values.get(name)
        if not is_kept(value):
            for inner in _estimators_in(value):
                yield from _with_inner(inner, depth + 1)


def _estimators_in(value: Any) -> Iterator[Any]:
    """An estimator itself, or those in ``[("name", estimator), …]``."""
    if type(value) is list or type(value) is tuple:
        for item in value[:50]:
            parts = item[:3] if type(item) is tuple else (item,)
            yield from (part for part in parts if _is_estimator(part))
    elif _is_estimator(value):
        yield value


def _is_estimator(value: Any) -> bool:
    return not is_kept(value) and recognised.is_estimator_class(type(value))


def _changed(estimator: Any) -> dict[str, Any]:
    values = instance_dict(estimator)
    found: dict[str, Any] = {}
    for name, default in (_defaults_of(type(estimator)) or {}).items():
        value = plain_scalar(values.get(name, default))
        if value is default or not is_kept(value):
            continue
        if type(value) is not type(default) or value != default:
            found[name] = value
    return found


def is_kept(value: Any) -> bool:
    """Whether a value is kept as a param or step variable: a scalar or a short text."""
    value = plain_scalar(value)
    return is_one_of(type(value), _SCALARS) and not (type(value) is str and len(value) > MAX_TEXT)


def _name(kind: type) -> str:
    return qualname(kind).rpartition(".")[2]


_DEFAULTS: dict[type, dict[str, Any] | None] = {}


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
