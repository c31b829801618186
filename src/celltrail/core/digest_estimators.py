"""Estimators and compiled objects of scientific libraries.

An estimator is its class and everything in its instance dictionary: parameters
and fitted state alike. Left out is what differs between two equal fits (times)
or changes when a fitted estimator is only used (counters of a search tree), or
with the machine (threads).
"""

from __future__ import annotations

from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core import digest_types as types
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_walk import Walk, text_token

_NOT_STATE = frozenset(("_n_threads", "refit_time_"))
# Positions in the state of KDTree and BallTree of what queries count: n_trims, n_leaves,
# n_splits, n_calls; before them data, indices, node data, bounds and three sizes.
# What making the state of a compiled object costs, in objects visited.
_REDUCED_NODES = 10
_TREE_STATE_LENGTH = 13
_TREE_COUNTERS = slice(7, 11)


def estimator_base() -> object | None:
    """``sklearn.base.BaseEstimator`` when it is imported."""
    return types.loaded("sklearn.base").get("BaseEstimator")


def estimator_digest(walk: Walk, estimator: object) -> bytes:
    """16 bytes for class, parameters and fitted state."""
    state = {
        name: value
        for name, value in types.instance_state(estimator).items()
        if name not in _NOT_STATE
    }
    results = state.get("cv_results_")
    if type(results) is dict:
        state["cv_results_"] = {
            name: value
            for name, value in results.items()
            if not (type(name) is str and name.endswith("_time"))
        }
    return walk.state(b"estimator", types.full_name(type(estimator)), state)


def reduced_digest(walk: Walk, obj: Any) -> bytes:
    """16 bytes for a compiled library object, from what it would pickle."""
    cls = type(obj)
    if not types.is_library(types.module_name(cls)):
        raise Unreadable(f"{types.short_name(cls)}: its content is held in C", "object")
    walk.count(_REDUCED_NODES)
    reduced = obj.__reduce_ex__(2)
    name = text_token(types.full_name(cls))
    if type(reduced) is str:
        return xxh3_128_digest(b"global" + name + text_token(reduced))
    parts = list(reduced)
    if len(parts) > 2 and types.qualname(cls).startswith(("KDTree", "BallTree")):
        parts[2] = _without_counters(parts[2])
    for at in (3, 4):  # iterators over list and dict items
        if len(parts) > at and parts[at] is not None:
            parts[at] = list(parts[at])
    return xxh3_128_digest(b"reduced" + name + walk.items(parts))


def _without_counters(state: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(state) != _TREE_STATE_LENGTH:
        return state
    kept = list(state)
    del kept[_TREE_COUNTERS]
    return tuple(kept)
