"""What differs although no difference above it was observed."""

from __future__ import annotations

from celltrail.lineage.changes.code_change import environ_names
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison

_DEFINITIONS = frozenset({"class", "function", "module"})


def unexplained_root(
    comparison: Comparison, pair: tuple[int, int], differing: list[tuple[str, int, int]]
) -> Root:
    """Return the root of products that differ although nothing observed explains it.

    Parameters
    ----------
    comparison : Comparison
    pair : (int, int)
    differing : list of (str, int, int)
        Name and contents of what the pair made otherwise; empty for the metric alone.
    """
    a, b = pair
    other = comparison.b.ran[b]
    label = comparison.label(comparison.b, b)
    code = comparison.text(other.code)
    variables = environ_names(code)
    names = ", ".join(name for name, _, _ in differing[:3]) or "the metric"
    defined = {
        use.kind
        for name, use in comparison.b.flows.get(b, {}).items()
        if any(name == one for one, _, _ in differing)
    }
    if variables:
        kind, name = "environment", ", ".join(variables)
        sentence = (
            f"{label} reads the environment variable {name}, whose value is not recorded, and"
            f" made other content of {names}"
        )
    elif defined and defined <= _DEFINITIONS:
        kind, name = "code", names
        sentence = f"{names}, imported in {label}, is not the same code"
    else:
        kind, name = "unknown", names
        why = f" ({', '.join(other.opaque)} is not observed)" if other.opaque else ""
        sentence = (
            f"{label} made other content of {names} from the same code and inputs; what made"
            f" it so was not observed{why}"
        )
    return Root(kind, name, sentence, "effective", comparison.b, {b}, [a, b],
                contents=differing)  # fmt: skip
