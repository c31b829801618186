"""Whether the code of a cell can change an object at all, judged from its text.

Used only when there is no time left to look at the object: then an object that
no use can write stays the same entity, with evidence ``static``.
"""

from __future__ import annotations

from celltrail.capture import recognised
from celltrail.capture.plan import CellPlan
from celltrail.core.source import Call

# Functions and methods that leave their receiver and arguments as they were
# (pandas', NumPy's and scikit-learn's documented behaviour, without ``inplace``).
HARMLESS = frozenset(
    {
        "print", "len", "display", "repr", "str", "int", "float", "bool", "type", "isinstance",
        "id", "sum", "min", "max", "abs", "round", "sorted", "range", "enumerate", "zip", "format",
        "head", "tail", "describe", "info", "sample", "copy", "mean", "std", "var", "median",
        "quantile", "corr", "cov", "count", "nunique", "unique", "value_counts", "isna", "isnull",
        "notna", "astype", "groupby", "agg", "merge", "join", "concat", "pivot_table", "melt",
        "to_csv", "to_parquet", "to_dict", "to_list", "tolist", "to_string", "reshape", "dot",
        "array", "DataFrame", "Series", "cumsum", "rolling", "clip", "items", "keys", "values",
        "get", "index", "plot", "hist", "scatter", "bar", "show", "savefig", "transform",
        "train_test_split", "learning_curve", "validation_curve", "permutation_importance",
    }
    | recognised.METRIC_FUNCTIONS
    | recognised.FOLD_FUNCTIONS
    | recognised.PREDICTION_METHODS
    | recognised.SCORE_METHODS
)  # fmt: skip
# What these give holds parts of the object itself, through which it can be written.
_SHARING = frozenset(
    {"enumerate", "get", "items", "max", "min", "reshape", "sorted", "values", "zip"}
)


def cannot_write(plan: CellPlan, name: str) -> bool:
    """Whether no use of `name` in the cell's own code, nor in what it calls, can write to it."""
    cell = plan.cell
    if name not in cell.loads or cell.opaque or name in plan.uses.rebinds:
        return False
    if name in plan.uses.inside:
        return False
    if any(name in function.loads for function in cell.functions.values()):
        return False
    for statement in cell.statements:
        if name in statement.assigned_into or name in statement.patched:
            return False
        if name not in statement.loads:
            continue
        # ``b = a`` gives it a second name, through which it can be written.
        if name in statement.bare and statement.stores:
            return False
        for call in statement.calls:
            # In ``[v.append(1) for v in a]`` the variable stands for a part of it.
            if _concerns(call, name) or call.comprehension:
                if not _is_harmless(call, name):
                    return False
                if call.last in _SHARING and statement.stores:
                    return False
    return True


def _concerns(call: Call, name: str) -> bool:
    return name in call.receiver_names or name in call.argument_names


def _is_harmless(call: Call, name: str) -> bool:
    if call.in_place:
        return False
    if call.last in HARMLESS:
        return True
    # An estimator's fit reads its arguments; it writes to its receiver alone.
    return call.last in recognised.FIT_METHODS and name not in call.receiver_names
