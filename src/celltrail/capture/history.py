"""Earlier outputs that a cell reads: ``_``, ``__``, ``_7`` and ``Out[7]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from celltrail.capture.objects import is_settled
from celltrail.capture.variables import Effects
from celltrail.core.digest import digest_report
from celltrail.core.digest_types import qualname
from celltrail.core.records import EntityRecord, UsedRecord

_NUMBER = re.compile(r"\d+")
_RECENT = {"_": 1, "__": 2, "___": 3}


class History:
    """Which execution displayed which output."""

    def __init__(self) -> None:
        self._shown: dict[int, tuple[str, EntityRecord]] = {}

    def settle(
        self,
        read: Iterable[str],
        namespace: Mapping[str, Any],
        execution: str,
        count: int | None,
        effects: Effects,
    ) -> None:
        """Add the uses of earlier outputs, then note what this cell displayed.

        Parameters
        ----------
        read : iterable of str
            The names by which the cell's code reads history.
        namespace : mapping
            The user's namespace, where IPython keeps ``_oh``.
        execution : str
            Identifier of the execution.
        count : int or None
            Its number in ``In[…]``.
        effects : Effects
            Gets the edges.
        """
        for name in read:
            number = self._number(name)
            if number in self._shown:
                source, entity = self._shown[number]
                position = effects.add(entity)
                effects.used.append(UsedRecord(f"Out[{number}]", position, source, "static"))
        shown = namespace.get("_oh")
        if count is not None and type(shown) is dict and count in shown:
            value = shown[count]
            report = digest_report(value) if is_settled(value) else None
            entity = EntityRecord(
                kind="output",
                type=qualname(type(value)),
                digest=report.value if report is not None else None,
                scope="full" if report is not None else "unknown",
                lineage_digest=None if report is not None else execution,
            )
            self._shown[count] = (execution, entity)

    def _number(self, name: str) -> int | None:
        if name in _RECENT:
            recent = sorted(self._shown)[-_RECENT[name] :]
            return recent[0] if len(recent) == _RECENT[name] else None
        found = _NUMBER.search(name)
        return int(found.group()) if found else None
