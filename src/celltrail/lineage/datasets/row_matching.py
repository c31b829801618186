"""Which row of one table is which of another: by key, by index, by position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from celltrail.core.digest_frames import label_text
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.wording import counted, number
from celltrail.lineage.datasets.row_codes import beyond, codes_of, is_count, row_numbers

Redact = Callable[[str, str], str]  # a cell as it may be shown, of its column and its text
Label = tuple[Hashable, int]  # the second of two columns with one label is (label, 1)


@dataclass(frozen=True, slots=True)
class Matched:
    """Positions of rows in both tables (pairwise), only in the first, only in the second."""

    by: str
    before: Any
    after: Any
    removed: Any
    added: Any
    names: tuple[Any, Any]  # what rows of each table are called by: labels, or columns of a key


def pairs_of(before: Any, after: Any, renamed: dict[str, str]) -> dict[Label, tuple[int, int]]:
    """Return the positions of the columns that both have, by label; renamed ones by the new."""
    first, second = _labels(before), _labels(after)
    texts = {text_of(label): label for label in second}
    found = {}
    for label, position in first.items():
        other = label if label in second else texts.get(renamed.get(text_of(label), ""))
        if other is not None and other in second:
            found[other] = (position, second[other])
    return found


def by_key(
    before: Any,
    after: Any,
    key: Sequence[str],
    pairs: dict[Label, tuple[int, int]],
    codes: dict[Label, Any],
) -> Matched:
    """Match by the values of columns.

    Raises
    ------
    NotFound
        If a key is no column of both.
    UsageFault
        If the key does not tell the rows of a table apart.
    """
    by_text = {text_of(label): label for label in reversed(list(pairs))}
    for name in key:
        if name not in by_text:
            raise NotFound.named("column of both", name, by_text)
    labels = [by_text[name] for name in key]
    size = len(before)
    rows = row_numbers([codes[label] for label in labels], size + len(after))
    for which, part in (("first", rows[:size]), ("second", rows[size:])):
        doubled = len(part) - len(set(part.tolist()))
        if doubled:
            raise UsageFault(
                f"The key {', '.join(key)} does not tell rows apart: in the {which} content,"
                f" {doubled:,} of {counted(len(part), 'row')} repeat the key of another.",
                "name more columns, or leave the key out.",
            )
    first, second = ([pairs[label][side] for label in labels] for side in (0, 1))
    names = before.iloc[:, first], after.iloc[:, second]
    return _paired(f"key {', '.join(key)}", rows[:size], rows[size:], names)


def by_index(before: Any, after: Any) -> Matched | None:
    """Match by index labels; None where they are a plain count, or not unique."""
    first, second = before.index, after.index
    if is_count(first) and is_count(second):
        return None
    if first.nlevels != second.nlevels or not (first.is_unique and second.is_unique):
        return None
    parts = [
        codes_of(
            first.get_level_values(at).to_series(index=range(len(first))),
            second.get_level_values(at).to_series(index=range(len(second))),
        )
        for at in range(first.nlevels)
    ]
    rows = row_numbers(parts, len(first) + len(second))
    pair = rows[: len(first)], rows[len(first) :]
    if any(len(set(part.tolist())) < len(part) for part in pair):  # 1 and True in one index
        return None
    return _paired("index", *pair, (first, second))


def by_position(before: Any, after: Any, rows: Any) -> Matched | None:
    """Match by position, where that finds no more differences than whole rows do."""
    import numpy as np

    if not (is_count(before.index) and is_count(after.index)):
        return None
    size = len(before)
    shared = min(size, len(after))
    changed = int((rows[:shared] != rows[size : size + shared]).sum())
    added, removed = _surplus(rows[:size], rows[size:])
    if changed + len(after) - shared > added or changed + size - shared > removed:
        return None  # rows were inserted, deleted or moved somewhere before the end
    both = np.arange(shared)
    return Matched(
        "position",
        both,
        both,
        np.arange(shared, size),
        np.arange(shared, len(after)),
        (range(size), range(len(after))),
    )


def text_of(label: Label) -> str:
    """Return a column's name as text, the same for two of one name."""
    return label_text(label[0])


def name_of(names: Any, row: int, redact: Redact) -> str:
    """Return what a row is called, by its index label or by the columns of a key."""
    if hasattr(names, "iat"):
        cells = [(label, names.iat[row, at]) for at, label in enumerate(names.columns)]
    else:
        headings = getattr(names, "names", (None,))
        cells = [*zip(headings, names[row] if len(headings) > 1 else (names[row],), strict=True)]
    return ", ".join(redact(label_text(heading), cell_text(value)) for heading, value in cells)


def cell_text(value: Any) -> str:
    """Return a cell's value as text; every missing value reads the same."""
    import numpy as np
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return "missing"
    if isinstance(value, (float, np.floating)):
        return "missing" if np.isnan(value) else number(float(value))
    return str(value)


def _paired(by: str, first: Any, second: Any, names: tuple[Any, Any]) -> Matched:
    import numpy as np
    import pandas as pd

    places = pd.Index(first).get_indexer(second)
    after = np.flatnonzero(places >= 0)
    before = places[after]
    removed = np.setdiff1d(np.arange(len(first)), before)
    return Matched(by, before, after, removed, np.flatnonzero(places < 0), names)


def _surplus(first: Any, second: Any) -> tuple[int, int]:
    return len(beyond(second, first)), len(beyond(first, second))


def _labels(frame: Any) -> dict[Label, int]:
    seen: Counter[Hashable] = Counter()
    found: dict[Label, int] = {}
    for position, label in enumerate(frame.columns.tolist()):
        found[label, seen[label]] = position
        seen[label] += 1
    return found
