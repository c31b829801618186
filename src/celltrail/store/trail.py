"""Readers of the trail, in one place for the layers above."""

from __future__ import annotations

from celltrail.store.database import Connection
from celltrail.store.executions import (
    Edge,
    ExecutionDetail,
    ExecutionRow,
    code_text,
    derived_edges,
    entities,
    execution_detail,
    execution_rows,
    generated_edges,
    list_executions,
)
from celltrail.store.finding import (
    SHORTEST_ID,
    executions_of,
    find_execution,
    find_result,
    find_target,
    known_words,
    notebook_paths,
    short_result,
)
from celltrail.store.inventory import (
    Counts,
    RunRow,
    counts,
    find_run,
    list_problems,
    list_runs,
)
from celltrail.store.labels import Labels, label, notes
from celltrail.store.paging import LIMIT_MAX
from celltrail.store.result_rows import (
    DataItem,
    ResultDetail,
    ResultPage,
    ResultRow,
    environment_of,
    list_results,
    result_data_entities,
    result_detail,
    result_rows,
)

__all__ = [
    "LIMIT_MAX",
    "SHORTEST_ID",
    "Connection",
    "Counts",
    "DataItem",
    "Edge",
    "ExecutionDetail",
    "ExecutionRow",
    "Labels",
    "ResultDetail",
    "ResultPage",
    "ResultRow",
    "RunRow",
    "code_text",
    "counts",
    "derived_edges",
    "entities",
    "environment_of",
    "execution_detail",
    "execution_rows",
    "executions_of",
    "find_execution",
    "find_result",
    "find_run",
    "find_target",
    "generated_edges",
    "known_words",
    "label",
    "list_executions",
    "list_problems",
    "list_results",
    "list_runs",
    "notebook_paths",
    "notes",
    "result_data_entities",
    "result_detail",
    "result_rows",
    "short_result",
]
