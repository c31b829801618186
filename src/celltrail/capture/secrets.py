"""Secrets that no literal shows: values that cells got from files, prompts and the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from celltrail.capture.objects import attributes, is_one_of
from celltrail.core.digest_types import module_name, qualname
from celltrail.core.redaction import SecretMemory, is_secret_name, secret_environment_values

# A module's content is its library's, a number holds no secret.
_NO_SECRETS = frozenset({ModuleType, FunctionType, type, int, float, bool, type(None)})
_MAX_COLUMNS = 500
_MAX_ROWS = 30  # from each end, which is what a frame shows


class SecretWatch:
    """Remembers the secrets of a session before anything that may hold them is written."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.memory = SecretMemory()
        self._environ: Mapping[Any, Any] = {}
        self._learn_environment(environ)

    def look(self, namespace: Mapping[str, Any], names: Iterable[str]) -> None:
        """Remember what the names that a cell made, and the environment, hold by now."""
        # Comparing the mapping behind os.environ costs a tenth of decoding each name.
        data = getattr(os.environ, "_data", None) or dict(os.environ)
        if data != self._environ:
            self._environ = dict(data)
            self._learn_environment(os.environ)
        for name in names:
            if name in namespace and not is_one_of(type(namespace[name]), _NO_SECRETS):
                self.memory.learn_value(name, _readable(namespace[name]))

    def _learn_environment(self, environ: Mapping[str, str]) -> None:
        for value in secret_environment_values(environ):
            self.memory.add(value)


def _readable(value: Any) -> Any:
    """A frame's secret columns or an instance's attributes as a dict; other values as they are."""
    kind = type(value)
    root = module_name(kind).partition(".")[0]
    if qualname(kind) == "DataFrame" and root in {"pandas", "polars"}:
        names = [n for n in list(value.columns)[:_MAX_COLUMNS] if type(n) is str]
        return {
            name: [*value[name].head(_MAX_ROWS), *value[name].tail(_MAX_ROWS)]
            for name in names
            if is_secret_name(name)
        }
    return attributes(value) or value
