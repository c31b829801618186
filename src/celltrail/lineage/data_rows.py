"""Which rows and cells differ between two tables whose values can be read.

Every value becomes a number that is the same exactly where two values are equal (a missing
value equals every other missing value; 1, 1.0 and True are equal), so rows are matched and
compared as integers, and counts are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from celltrail.core.digest import digest
from celltrail.core.digest_frames import label_text
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.wording import cut, number

_VALUE_WIDTH = 40
Label = tuple[Hashable, int]  # the second of two columns with one label is (label, 1)


@dataclass(frozen=True, slots=True)
class RowExample:
    """One row that differs.

    Attributes
    ----------
    change : str
        added, removed, changed.
    row : str
        Its label: index, key or position (that in the first table, but for added rows).
    cells : tuple of (str, str or None, str or None)
        Column, value before, value after; of a changed row only the cells that changed.
    """

    change: str
    row: str
    cells: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class RowsChange:
    """How the rows of two tables differ, over the columns that both have.

    Attributes
    ----------
    matched_by : str
        How a row of one was found in the other: index, key, position, whole rows.
    added, removed, changed, same : int
        Rows. Matched by whole rows, a changed row counts as removed and added.
    is_moved : bool
        Rows that are in both stand in another order.
    cells : tuple of (str, int)
        Changed cells by column, for columns with any.
    examples : tuple of RowExample
    """

    matched_by: str
    added: int
    removed: int
    changed: int
    same: int
    is_moved: bool
    cells: tuple[tuple[str, int], ...]
    examples: tuple[RowExample, ...]


@dataclass(frozen=True, slots=True)
class _Matched:
    """Positions of rows in both tables (pairwise), only in the first, only in the second."""

    by: str
    before: Any
    after: Any
    removed: Any
    added: Any
    names: tuple[Any, Any]  # labels of all rows of each table, to call them by


def as_table(obj: Any) -> Any:
    """Return a pandas frame of an object's rows; None where it has none.

    Arrays of more than two dimensions have a row for each position along the first.
    """
    import numpy as np
    import pandas as pd

    if isinstance(obj, pd.DataFrame):
        return obj
    if isinstance(obj, pd.Series):
        return pd.DataFrame({0 if obj.name is None else obj.name: obj})
    if isinstance(obj, np.ndarray):
        if obj.ndim == 0:
            return None
        if obj.dtype.names is not None and obj.ndim == 1:
            return pd.DataFrame({name: obj[name] for name in obj.dtype.names})
        return pd.DataFrame(obj.reshape(len(obj), -1) if obj.size else np.empty((len(obj), 0)))
    if type(obj).__module__.startswith(("polars", "pyarrow")):
        found = obj.to_pandas()
        return found if isinstance(found, pd.DataFrame) else as_table(found)
    is_records = isinstance(obj, list) and obj and all(isinstance(item, dict) for item in obj)
    is_columns = isinstance(obj, dict) and all(isinstance(item, list) for item in obj.values())
    if is_records or (is_columns and len({len(item) for item in obj.values()}) == 1):
        return pd.DataFrame(obj)
    return None


def rows_between(
    before: Any,
    after: Any,
    *,
    key: Sequence[str] = (),
    renamed: Iterable[tuple[str, str]] = (),
    examples: int = 5,
) -> RowsChange:
    """Return which rows and cells differ between two pandas frames.

    Parameters
    ----------
    before, after : DataFrame
    key : sequence of str
        Columns whose values tell rows apart. Without any, rows are matched by the index
        where it is unique and not a plain count; else by position, where rows were only
        changed in place or added at the end; else by all of their values.
    renamed : iterable of (str, str)
        Columns that are the same under another name: before, after.
    examples : int
        At most so many of added, of removed and of changed rows.

    Raises
    ------
    NotFound
        If a key is no column of both.
    UsageFault
        If the key does not tell the rows of a table apart.
    """
    pairs = _pairs(before, after, dict(renamed))
    codes = {
        label: _codes(before.iloc[:, first], after.iloc[:, second])
        for label, (first, second) in pairs.items()
    }
    size = len(before)
    matched = _by_key(before, after, key, pairs, codes) if key else _by_index(before, after)
    rows = _row_numbers(list(codes.values()), size + len(after))
    if matched is None:
        matched = _by_position(before, after, rows)
    if matched is None:
        return _by_whole_rows(before, after, pairs, examples)
    return _compared(before, after, pairs, codes, matched, examples)


def _compared(
    before: Any,
    after: Any,
    pairs: dict[Label, tuple[int, int]],
    codes: dict[Label, Any],
    matched: _Matched,
    examples: int,
) -> RowsChange:
    import numpy as np

    size = len(before)
    differs = {
        label: found[:size][matched.before] != found[size:][matched.after]
        for label, found in codes.items()
    }
    changed = np.zeros(len(matched.before), dtype=bool)
    for mask in differs.values():
        changed |= mask
    shown: list[RowExample] = []
    for at in np.flatnonzero(changed)[:examples]:
        first, second = int(matched.before[at]), int(matched.after[at])
        cells = tuple(
            (
                _text_of(label),
                _cell(before, first, pairs[label][0]),
                _cell(after, second, pairs[label][1]),
            )
            for label, mask in differs.items()
            if mask[at]
        )
        shown.append(RowExample("changed", _name(matched.names[0], first), cells))
    shown += _whole(before, matched.removed[:examples], matched.names[0], "removed")
    shown += _whole(after, matched.added[:examples], matched.names[1], "added")
    number_changed = int(changed.sum())
    return RowsChange(
        matched_by=matched.by,
        added=len(matched.added),
        removed=len(matched.removed),
        changed=number_changed,
        same=len(matched.before) - number_changed,
        is_moved=bool((np.diff(matched.before[np.argsort(matched.after)]) < 0).any()),
        cells=tuple(
            (_text_of(label), int(mask.sum())) for label, mask in differs.items() if mask.any()
        ),
        examples=tuple(shown),
    )


def _by_key(
    before: Any,
    after: Any,
    key: Sequence[str],
    pairs: dict[Label, tuple[int, int]],
    codes: dict[Label, Any],
) -> _Matched:
    by_text = {_text_of(label): label for label in reversed(list(pairs))}
    for name in key:
        if name not in by_text:
            raise NotFound.named("column of both", name, by_text)
    labels = [by_text[name] for name in key]
    size = len(before)
    rows = _row_numbers([codes[label] for label in labels], size + len(after))
    for which, part in (("first", rows[:size]), ("second", rows[size:])):
        doubled = len(part) - len(set(part.tolist()))
        if doubled:
            raise UsageFault(
                f"The key {', '.join(key)} does not tell the rows of the {which} apart:"
                f" {doubled:,} of {len(part):,} have the key of another one.",
                "name more columns, or leave the key out.",
            )
    names = tuple(
        [
            ", ".join(_value_text(value) for value in row)
            for row in zip(*(frame.iloc[:, pairs[la][side]].tolist() for la in labels), strict=True)
        ]
        for side, frame in enumerate((before, after))
    )
    return _paired(f"key {', '.join(key)}", rows[:size], rows[size:], (names[0], names[1]))


def _by_index(before: Any, after: Any) -> _Matched | None:
    """Match by index labels; None where they are a plain count, or not unique."""
    first, second = before.index, after.index
    if _is_count(first) and _is_count(second):
        return None
    if first.nlevels != second.nlevels or not (first.is_unique and second.is_unique):
        return None
    parts = [
        _codes(
            first.get_level_values(at).to_series(index=range(len(first))),
            second.get_level_values(at).to_series(index=range(len(second))),
        )
        for at in range(first.nlevels)
    ]
    rows = _row_numbers(parts, len(first) + len(second))
    pair = rows[: len(first)], rows[len(first) :]
    if any(len(set(part.tolist())) < len(part) for part in pair):  # 1 and True in one index
        return None
    return _paired("index", *pair, (first, second))


def _by_position(before: Any, after: Any, rows: Any) -> _Matched | None:
    """Match by position, where that finds no more differences than whole rows do."""
    import numpy as np

    if not (_is_count(before.index) and _is_count(after.index)):
        return None
    size = len(before)
    shared = min(size, len(after))
    changed = int((rows[:shared] != rows[size : size + shared]).sum())
    added, removed = _surplus(rows[:size], rows[size:])
    if changed + len(after) - shared > added or changed + size - shared > removed:
        return None  # rows were inserted, deleted or moved somewhere before the end
    both = np.arange(shared)
    return _Matched(
        "position",
        both,
        both,
        np.arange(shared, size),
        np.arange(shared, len(after)),
        (range(size), range(len(after))),
    )


def _by_whole_rows(
    before: Any, after: Any, pairs: dict[Label, tuple[int, int]], examples: int
) -> RowsChange:
    """Compare as bags of rows: how often each occurs; index labels count as values."""
    import numpy as np

    size = len(before)
    parts = [_codes(before.iloc[:, a], after.iloc[:, b]) for a, b in pairs.values()]
    with_index = not (_is_count(before.index) and _is_count(after.index))
    if with_index and before.index.nlevels == after.index.nlevels:
        for at in range(before.index.nlevels):
            levels = [frame.index.get_level_values(at).to_series() for frame in (before, after)]
            parts.append(_codes(*levels))
    rows = _row_numbers(parts, size + len(after))
    first, second = rows[:size], rows[size:]
    removed = _beyond(first, second)
    added = _beyond(second, first)
    kept = np.setdiff1d(np.arange(size), removed), np.setdiff1d(np.arange(len(after)), added)
    names = before.index, after.index
    shown = _whole(before, removed[:examples], names[0], "removed")
    shown += _whole(after, added[:examples], names[1], "added")
    return RowsChange(
        matched_by="whole rows",
        added=len(added),
        removed=len(removed),
        changed=0,
        same=len(kept[0]),
        is_moved=bool((first[kept[0]] != second[kept[1]]).any()),
        cells=(),
        examples=tuple(shown),
    )


def _paired(by: str, first: Any, second: Any, names: tuple[Any, Any]) -> _Matched:
    import numpy as np
    import pandas as pd

    places = pd.Index(first).get_indexer(second)
    after = np.flatnonzero(places >= 0)
    before = places[after]
    removed = np.setdiff1d(np.arange(len(first)), before)
    return _Matched(by, before, after, removed, np.flatnonzero(places < 0), names)


def _beyond(rows: Any, others: Any) -> Any:
    """Return the positions of rows that occur more often than among the others."""
    import numpy as np
    import pandas as pd

    counts = np.bincount(others, minlength=int(rows.max(initial=-1)) + 1)
    earlier = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    return np.flatnonzero(earlier >= counts[rows])


def _surplus(first: Any, second: Any) -> tuple[int, int]:
    return len(_beyond(second, first)), len(_beyond(first, second))


def _row_numbers(parts: list[Any], size: int) -> Any:
    """Return a number for each row, the same where all parts are the same."""
    import numpy as np
    import pandas as pd

    rows = np.zeros(size, dtype=np.int64)
    for codes in parts:
        # Numbers stay below the count of rows, so the product fits in 64 bits.
        rows = pd.factorize(rows * (int(codes.max(initial=0)) + 1) + codes)[0].astype(np.int64)
    return rows


def _codes(before: Any, after: Any) -> Any:
    """Return a number for each value of two columns, one after the other; 0 where missing."""
    import numpy as np
    import pandas as pd

    if before.dtype == after.dtype:
        both = pd.concat([before, after], ignore_index=True)
    else:
        parts = [np.asarray(one.astype(object), dtype=object) for one in (before, after)]
        both = pd.Series(np.concatenate(parts), dtype=object)
    try:
        codes = pd.factorize(both)[0]
    except TypeError:  # lists, dicts and arrays have no hash
        cells = [_hashable(cell) for cell in both.tolist()]
        codes = pd.factorize(np.fromiter(cells, dtype=object, count=len(cells)))[0]
    return codes.astype(np.int64) + 1


def _hashable(cell: Any) -> Any:
    try:
        hash(cell)
    except TypeError:
        return ("content", digest(cell) or repr(cell))
    return cell


def _pairs(before: Any, after: Any, renamed: dict[str, str]) -> dict[Label, tuple[int, int]]:
    """Return the positions of the columns that both have, by label; renamed ones by the new."""
    first, second = _labels(before), _labels(after)
    texts = {_text_of(label): label for label in second}
    found = {}
    for label, position in first.items():
        other = label if label in second else texts.get(renamed.get(_text_of(label), ""))
        if other is not None and other in second:
            found[other] = (position, second[other])
    return found


def _labels(frame: Any) -> dict[Label, int]:
    seen: Counter[Hashable] = Counter()
    found: dict[Label, int] = {}
    for position, label in enumerate(frame.columns.tolist()):
        found[label, seen[label]] = position
        seen[label] += 1
    return found


def _is_count(index: Any) -> bool:
    """Whether an index is 0, 1, 2 … as a frame has it that was given none."""
    import numpy as np

    if index.nlevels > 1 or index.dtype.kind not in "iu":
        return False
    return bool((np.asarray(index) == np.arange(len(index))).all())


def _whole(frame: Any, positions: Any, names: Any, change: str) -> list[RowExample]:
    found = []
    for position in positions:
        at = int(position)
        values = [(label_text(label), _cell(frame, at, n)) for n, label in enumerate(frame.columns)]
        cells = tuple(
            (name, None, value) if change == "added" else (name, value, None)
            for name, value in values
        )
        found.append(RowExample(change, _name(names, at), cells))
    return found


def _name(names: Any, position: int) -> str:
    return cut(_value_text(names[position]), _VALUE_WIDTH)


def _cell(frame: Any, row: int, column: int) -> str:
    return cut(_value_text(frame.iat[row, column]), _VALUE_WIDTH)


def _value_text(value: Any) -> str:
    import numpy as np
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return "missing"
    if isinstance(value, (float, np.floating)):
        return "missing" if np.isnan(value) else number(float(value))
    return str(value)


def _text_of(label: Label) -> str:
    return label_text(label[0])
