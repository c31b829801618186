"""The expressions of recorded steps, worked out over the values of a replay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celltrail.core.records import CallRecord
from celltrail.lineage.leakage.call_names import Names
from celltrail.lineage.leakage.call_values import Fit, Value, narrowed, union

_DATA_KEYWORDS = ("X", "data", "raw_documents", "x")


class Expressions(Names):
    """Values of expressions, as `celltrail.core.dataflow` writes them."""

    def __init__(self) -> None:
        super().__init__()
        self._results: dict[int, Value] = {}
        self._texts: dict[int, str] = {}  # what the data of each call is called

    def _value(self, expression: list[Any] | None) -> Value | None:
        """The value of an expression; None where it is about no data and no model."""
        if expression is None:
            return None
        tag, inner, *rest = expression
        match tag:
            case "name":
                return self._lookup(inner)
            case "call":
                return self._results.get(inner)
            case "items":
                return self._items(inner)
            case "columns":
                return self._columns(self._value(inner), rest[0], rest[1])
            case "rows":
                return self._some_rows(self._value(inner), rest[0], rest[1])
            case "item":
                return self._item(self._value(inner), str(rest[0]))
            case "method":
                return self._method(self._value(inner), rest[0])
        values = [value for part in inner if (value := self._value(part)) is not None]
        if not values:
            return None
        made = union(values)
        with_rows = [value for value in values if value.rows]
        if tag == "same" and with_rows:
            made.rows, made.shape = with_rows[0].rows, with_rows[0].shape
        elif tag == "join" and with_rows:
            made.rows = tuple(dict.fromkeys(rows for value in with_rows for rows in value.rows))
        return made

    def _items(self, pairs: list[Any]) -> Value | None:
        found = {label: value for label, part in pairs if (value := self._value(part)) is not None}
        return Value(items=found) if found else None

    def _columns(self, base: Value | None, labels: list[str], names: list[str]) -> Value | None:
        if base is None:
            return None
        if len(labels) == 1 and (labels[0] in base.items or (None in base.items and not base.rows)):
            return base.items.get(labels[0]) or base.items[None]
        if base.is_names:
            return base
        if base.model is not None and not base.rows:
            return base  # ``search.best_estimator_``, a step of a pipeline
        if base.model is None and not base.items:
            base.settled_rows()
        if labels == ["columns"]:
            return Value(fits=base.all_fits(), is_names=True)
        made = Value(rows=base.rows, shape=base.shape[:1], name=base.name, maybe=base.maybe)
        made.predictions, made.varied = base.predictions, base.varied
        made.cross_validated = base.cross_validated
        known = [base.items[label] for label in labels if label in base.items]
        made.fits = base.fits.union(*(item.all_fits() for item in known))
        if not labels:
            made.items = dict(base.items)
        made.fits |= self._chosen_by(names)
        return made

    def _some_rows(self, base: Value | None, key: str, names: list[str]) -> Value | None:
        if base is None or (base.model is not None and not base.rows):
            return base
        if base.model is None and not base.items:
            base.settled_rows()
        chosen = [self._names[name] for name in names if name in self._names]
        mark = (key, *(value.serial for value in chosen)) if key else None
        varied = base.varied or any(value.varied for value in chosen)
        varying = varied or not key
        some = tuple(rows.known().part(mark, varying=varying) for rows in base.rows)
        made = narrowed(base, some)
        made.varied, made.is_names = varied, base.is_names
        made.fits |= self._chosen_by(names)
        return made

    def _chosen_by(self, names: Iterable[str]) -> frozenset[Fit]:
        """Transformers that chose columns: ``X[X.columns[selector.get_support()]]``."""
        found: frozenset[Fit] = frozenset()
        for name in names:
            value = self._names.get(name)
            if value is not None and not value.rows:
                found |= value.all_fits() | frozenset(value.model.fits if value.model else ())
        return found

    def _item(self, base: Value | None, label: str) -> Value | None:
        if base is None:
            return None
        if label in base.items:
            return base.items[label]
        if None in base.items:
            return base.items[None]
        return base if base.model is not None and not base.rows else union([base])

    def _method(self, base: Value | None, arguments: list[Any]) -> Value | None:
        values = [value for part in arguments if (value := self._value(part)) is not None]
        if base is None:
            return union(values) if values else None
        if base.items and not base.rows and base.model is None:
            return base  # ``models.items()``
        made = union([base, *values])
        made.maybe = base.rows or base.maybe
        if base.model is not None and not base.rows:
            made.fits |= frozenset(base.model.fits)  # ``selector.get_support()``
        return made

    def _argument(
        self, call: CallRecord, given: list[Value | None], position: int, keywords: tuple[str, ...]
    ) -> tuple[Value | None, str]:
        """The argument at a position or under a keyword, and about how it is written."""
        plain = [n for n, argument in enumerate(call.arguments) if argument.keyword is None]
        named = [n for n, argument in enumerate(call.arguments) if argument.keyword in keywords]
        found = plain[position : position + 1] or named
        if not found:
            return None, ""
        return given[found[0]], self._written(call.arguments[found[0]].value)

    def _data_of(
        self, call: CallRecord, given: list[Value | None], position: int
    ) -> tuple[Value, str]:
        value, text = self._argument(call, given, position, _DATA_KEYWORDS)
        return value or Value(), text or "data"

    def _written(self, expression: list[Any] | None) -> str:
        """About how an expression is written: ``X_train``, ``df[…]``."""
        if expression is None:
            return "…"
        tag, inner, *rest = expression
        match tag:
            case "name":
                return str(inner).rstrip("~")
            case "call":  # ``scaler.transform(X_test)`` is about X_test
                return self._texts.get(inner, "data")
            case "columns" if len(rest[0]) == 1:
                return f"{self._written(inner)}[{rest[0][0]!r}]"
            case "columns" if not rest[0]:
                return self._written(inner)
            case "columns" | "rows" | "item":
                return f"{self._written(inner)}[…]"
            case "same" | "join" | "mix" | "items":
                parts = [part[1] if tag == "items" else part for part in inner]
                return self._written(parts[0]) if parts else "data"
            case "method":
                return self._written(inner)
        return "data"
