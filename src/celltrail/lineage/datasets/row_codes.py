"""Values as numbers that are the same exactly where two values are equal.

A missing value equals every other missing value; 1, 1.0 and True are equal. So rows are
matched and compared as integers, and counts are exact.
"""

from __future__ import annotations

from typing import Any

from celltrail.core.digest import digest


def codes_of(before: Any, after: Any) -> Any:
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


def row_numbers(parts: list[Any], size: int) -> Any:
    """Return a number for each row, the same where all parts are the same."""
    import numpy as np
    import pandas as pd

    rows = np.zeros(size, dtype=np.int64)
    for codes in parts:
        # Numbers stay below the count of rows, so the product fits in 64 bits.
        rows = pd.factorize(rows * (int(codes.max(initial=0)) + 1) + codes)[0].astype(np.int64)
    return rows


def beyond(rows: Any, others: Any) -> Any:
    """Return the positions of rows that occur more often than among the others."""
    import numpy as np
    import pandas as pd

    counts = np.bincount(others, minlength=int(rows.max(initial=-1)) + 1)
    earlier = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    return np.flatnonzero(earlier >= counts[rows])


def is_count(index: Any) -> bool:
    """Whether an index is 0, 1, 2 … as a frame has it that was given none."""
    import numpy as np

    if index.nlevels > 1 or index.dtype.kind not in "iu":
        return False
    return bool((np.asarray(index) == np.arange(len(index))).all())


def _hashable(cell: Any) -> Any:
    try:
        hash(cell)
    except TypeError:
        return ("content", digest(cell) or repr(cell))
    return cell
