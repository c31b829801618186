"""The filter language of results: text to a condition in SQL, with every value bound.

Grammar (keywords in any case)::

    filter     = condition (AND | OR | NOT | parentheses)
    condition  = column (= | == | != | <> | < | <= | > | >=) value
               | column [NOT] (LIKE | ILIKE) 'pattern'      % any text, _ any character
               | column [NOT] IN (value, …)
               | column IS [NOT] NULL
    column     = [metrics. | params. | tags. | attributes. | data. | code. | env.] name
    value      = number | nan | inf | true | false | 'text' | "text"

A name with other characters stands in backticks or double quotes. A name without a
namespace is an attribute, else a metric, else a param, else a tag.

A condition on something that a result does not have is not met, ``!=`` included;
``NOT`` turns met into not met, so ``NOT params.C = 1`` includes results without ``C``.
Numbers compare by value (``7`` equals ``7.0``) and never equal text (``'7'``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from celltrail.store.expressions import prepare
from celltrail.store.filter_columns import (
    Columns,
)
from celltrail.store.filter_conditions import Compiler, Filter
from celltrail.store.filter_text import (
    Parser,
    fault_at,
    parse,
)

__all__ = ["Filter", "Order", "compile_filter", "compile_order", "parse"]


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key, its column with a namespace."""

    namespace: str
    name: str
    is_descending: bool


def compile_filter(connection: sqlite3.Connection, text: str) -> Filter:
    """Return the SQL of a filter.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store whose names the columns must be among.
    text : str
        Empty gives a filter that everything meets.

    Raises
    ------
    UsageFault
        If the text cannot be read, or names a column that no result has.
    """
    if not text.strip():
        return Filter("1", ())
    prepare(connection)
    return Compiler(connection, text).compile(parse(text))


def compile_order(connection: sqlite3.Connection, keys: str | Sequence[str]) -> tuple[Order, ...]:
    """Return the sort keys of ``"metrics.auc DESC, started_at"`` or a list of such.

    Raises
    ------
    UsageFault
        If a key cannot be read, or names a column that no result has.
    """
    texts = [keys] if isinstance(keys, str) else list(keys)
    found = []
    for text in texts:
        columns = Columns(connection, text)
        for column, is_descending in Parser(text).order():
            resolved = columns.resolve(column)
            if resolved.namespace not in ("metrics", "params", "tags", "attributes"):
                raise fault_at(
                    text,
                    column.at,
                    "Results are not sorted by data, code or environment.",
                    "sort by a metric, a param, a tag or an attribute.",
                )
            found.append(Order(resolved.namespace, resolved.name, is_descending))
    return tuple(found)
