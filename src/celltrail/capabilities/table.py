"""What a user can ask for: one table for the magic, the command line, help and completion.

Each row is a function from a `Place` and its parameters to a `Report`; faces only parse,
call and show.
"""

from __future__ import annotations

from collections.abc import Sequence

from celltrail.capabilities.capability import CLI, Capability, Parameter
from celltrail.capabilities.datasets import (
    data_diff,
    data_get,
    data_lineage,
    data_list,
    data_log,
    snapshot,
)
from celltrail.capabilities.explaining import check, compare, why
from celltrail.capabilities.journal import report, reports
from celltrail.capabilities.labels import forget, gc, note, tag
from celltrail.capabilities.readings import lineage, results, runs, show
from celltrail.capabilities.rerunning import recipe, reproduce, stale
from celltrail.capabilities.upkeep import doctor, enable, init, migrate, off, on, status
from celltrail.core.errors import UsageFault

# Why a row has no figure.
_LIST = "the answer is a list; `to_frame` gives it as a frame."
_ACT = "it changes something and finds nothing to draw."
_STATE = "the answer is a few words and counts."

_ID = Parameter(
    ("id",),
    "a result, execution or run: its digits, latest, -2, or a run's name",
    metavar="ID",
    completes="results",
)
_LATEST = Parameter(
    ("id",),
    "as shown by results; latest, -2, or a run's name; default: latest",
    metavar="ID",
    count="?",
    default="latest",
    completes="results",
)
_LIMIT = Parameter(("--limit",), "how many at most; default 20", "number", "N", default=20)
_CONTENT = "a name, name@version, a digest, RESULT:name, or a recorded file"
_DATA = Parameter(("name",), _CONTENT, metavar="NAME", completes="snapshots")
TABLE: tuple[Capability, ...] = (
    Capability(
        "results",
        "results with their metrics and the params that differ",
        results,
        (
            Parameter(
                ("--filter",),
                'such as "metrics.auc > 0.9 AND params.C = 1"',
                metavar="TEXT",
                default="",
                completes="columns",
            ),
            Parameter(
                ("--sort",),
                'a column, -column or "column DESC"; may be repeated',
                metavar="COLUMN",
                count="append",
                completes="columns",
            ),
            _LIMIT,
            Parameter(("--cursor",), "where the page before ended", metavar="TEXT"),
            Parameter(("--split",), "a line for each execution of a joined result", "flag"),
            Parameter(("--reproduced",), "also what reproducing a result ran", "flag"),
        ),
        no_figure=_LIST,
        example='results --filter "metrics.auc > 0.9" --sort -auc',
        is_reading=True,
    ),
    Capability(
        "show",
        "one result in full",
        show,
        (_LATEST,),
        no_figure=_LIST,
        example="show latest",
        is_reading=True,
    ),
    Capability(
        "lineage",
        "what a result came from",
        lineage,
        (_LATEST,),
        no_figure="the graph is drawn by the sidebar; `--json` has its nodes and edges.",
        example="lineage latest --json",
        is_reading=True,
    ),
    Capability(
        "why",
        "what made a result differ from an earlier one",
        why,
        (
            Parameter(
                ("ids",),
                "two results, or one to hold against the one before it; default: latest",
                metavar="ID",
                count="*",
                default=(),
                completes="results",
            ),
        ),
        report="celltrail.lineage.changes.why_report:WhyReport",
        draw="celltrail.figures.why:draw_why",
        example="why latest",
        is_reading=True,
    ),
    Capability(
        "compare",
        "what differs among results, and nothing else",
        compare,
        (
            Parameter(
                ("ids",),
                "two or more results; default: latest and the one before it",
                metavar="ID",
                count="*",
                default=(),
                completes="results",
            ),
        ),
        report="celltrail.lineage.changes.compare_report:CompareReport",
        draw="celltrail.figures.compare:draw_compare",
        example="compare latest -2",
        is_reading=True,
    ),
    Capability(
        "stale",
        "what is out of date in a notebook, and what to run again",
        stale,
        (
            Parameter(
                ("notebook",),
                "its path; default: this notebook, in a shell the one that ran last",
                metavar="NOTEBOOK",
                count="?",
                completes="notebooks",
            ),
        ),
        report="celltrail.lineage.freshness.stale_report:StaleReport",
        no_figure="the sidebar marks the cells; here they are a table.",
        example="stale",
        is_reading=True,
    ),
    Capability(
        "recipe",
        "the cells that a result needs, in order",
        recipe,
        (
            _LATEST,
            Parameter(
                ("--to",),
                "write them to a notebook (.ipynb) or a script (.py)",
                metavar="FILE",
                is_act=True,
            ),
            Parameter(("--dropped",), "also the cells it does not need, with the reason", "flag"),
            Parameter(("--force",), "write over a file that is there", "flag", is_act=True),
        ),
        report="celltrail.lineage.recipes.recipe_report:RecipeReport",
        no_figure="a recipe is code; --to writes it.",
        example="recipe latest",
        is_reading=True,
    ),
    Capability(
        "reproduce",
        "run a result's recipe in a clean process and compare",
        reproduce,
        (
            _LATEST,
            Parameter(
                ("--yes",), "run also what reaches out of the copy: shell, network, files", "flag"
            ),
            Parameter(
                ("--tolerance",),
                "relative difference of metrics that counts as the same; default 1e-9",
                "real",
                "NUMBER",
                default=1e-9,
            ),
            Parameter(("--keep",), "make the copy in this folder and leave it", metavar="FOLDER"),
            Parameter(("--timeout",), "seconds that one cell may take", "real", "SECONDS"),
        ),
        report="celltrail.lineage.reproducing.reproduction:ReproduceReport",
        no_figure="the verdict is a sentence.",
        example="reproduce latest",
    ),
    Capability(
        "check",
        "test rows that reached fit, and test sets used again",
        check,
        (
            Parameter(
                ("id",),
                "a result; default: the session of the newest one",
                metavar="ID",
                count="?",
                completes="results",
            ),
        ),
        report="celltrail.lineage.leakage.leaks:CheckReport",
        no_figure="its findings are sentences.",
        example="check latest",
        is_reading=True,
    ),
    Capability(
        "reports",
        "reports that were kept, such as those of reproduce",
        reports,
        (
            Parameter(("--kind",), "of one capability only", metavar="NAME"),
            _LIMIT,
        ),
        no_figure=_LIST,
        example="reports",
        is_reading=True,
    ),
    Capability(
        "report",
        "a kept report in full",
        report,
        (
            Parameter(
                ("id",), "its digits, or those of the result it is about; latest", metavar="ID"
            ),
        ),
        report="celltrail.core.report:Report",
        no_figure="`%mlops help NAME` of its kind says whether that one has.",
        example="report latest",
        is_reading=True,
    ),
    Capability(
        "snapshot",
        "keep a variable or a file under a name",
        snapshot,
        (
            Parameter(
                ("target",),
                "a variable, or a file's path",
                metavar="VARIABLE",
                completes="variables",
            ),
            Parameter(
                ("--name",), "what it is called; default: as the variable or file", metavar="NAME"
            ),
        ),
        report="celltrail.lifecycle.snapshot:SnapshotReport",
        no_figure=_ACT,
        needs="kernel",
        example="snapshot X --name train",
    ),
    Capability(
        "data list",
        "named snapshots, and the data of results",
        data_list,
        report="celltrail.lineage.datasets.data_list:DataListReport",
        no_figure=_LIST,
        example="data list",
        is_reading=True,
    ),
    Capability(
        "data log",
        "the versions of a name, and what changed between them",
        data_log,
        (_DATA, _LIMIT),
        report="celltrail.lineage.datasets.data_log:DataLogReport",
        no_figure=_LIST,
        example="data log X",
        is_reading=True,
    ),
    Capability(
        "data diff",
        "what differs between two contents",
        data_diff,
        (
            Parameter(("before",), _CONTENT, metavar="BEFORE", completes="snapshots"),
            Parameter(("after",), _CONTENT, metavar="AFTER", completes="snapshots"),
            Parameter(
                ("--key",),
                "a column that tells rows apart; may be repeated",
                metavar="COLUMN",
                count="append",
            ),
        ),
        report="celltrail.lineage.datasets.data_diff_report:DataDiffReport",
        draw="celltrail.figures.data_diff:draw_data_diff",
        example="data diff X y",
        is_reading=True,
        loads_data=True,
    ),
    Capability(
        "data get",
        "write a snapshot into a file",
        data_get,
        (
            _DATA,
            Parameter(("--to",), "the file: .parquet, .csv, .tsv, .json or .npy", metavar="FILE"),
            Parameter(("--force",), "write over a file that is there", "flag"),
        ),
        report="celltrail.lineage.datasets.data_get:DataGetReport",
        no_figure=_ACT,
        example="data get train --to train.parquet",
    ),
    Capability(
        "data lineage",
        "the datasets that a content was made of",
        data_lineage,
        (
            _DATA,
            Parameter(
                ("--depth",), "how many steps upwards; default 20", "number", "N", default=20
            ),
        ),
        report="celltrail.lineage.datasets.data_lineage_report:DataLineageReport",
        no_figure="the tree is text; `--json` has its nodes.",
        example="data lineage X",
        is_reading=True,
    ),
    Capability(
        "runs",
        "named runs and batch runs",
        runs,
        (_LIMIT,),
        no_figure=_LIST,
        example="runs --limit 5",
        is_reading=True,
    ),
    Capability(
        "tag",
        "label a result or run",
        tag,
        (
            _ID,
            Parameter(
                ("tags",), "key=value, key alone, or key- to remove", metavar="KEY=VALUE", count="+"
            ),
        ),
        no_figure=_ACT,
        example="tag latest stage=final",
    ),
    Capability(
        "note",
        "write a note beside a result or run",
        note,
        (
            _ID,
            Parameter(
                ("text",),
                "the note; without it the notes are shown",
                metavar="TEXT",
                count="*",
                default=(),
            ),
        ),
        no_figure=_ACT,
        example='note latest "after cleaning"',
    ),
    Capability(
        "forget",
        "delete for good, with what only it needs",
        forget,
        (
            Parameter(
                ("ids",),
                "results, executions or runs",
                metavar="ID",
                count="*",
                default=(),
                completes="results",
            ),
            Parameter(
                ("--notebook",),
                "every execution of a notebook",
                metavar="PATH",
                completes="notebooks",
            ),
            Parameter(
                ("--name",),
                "every execution that made or used a variable or file; a snapshot",
                metavar="NAME",
                completes="snapshots",
            ),
            Parameter(
                ("--older-than",),
                "every execution before a date, or so many days ago (30d)",
                metavar="WHEN",
            ),
            Parameter(("--yes",), "do it: needed where no ID is given", "flag"),
        ),
        no_figure=_ACT,
        example="forget --older-than 90d --yes",
    ),
    Capability("on", "start recording in this project", on, no_figure=_ACT, example="on"),
    Capability("off", "stop recording in this project", off, no_figure=_ACT, example="off"),
    Capability(
        "status",
        "is it recording, where, and how much is there",
        status,
        no_figure=_STATE,
        example="status --json",
    ),
    Capability(
        "init", "make a store in this folder", init, faces=CLI, no_figure=_ACT, example="init"
    ),
    Capability(
        "doctor",
        "check the store and the startup file",
        doctor,
        (
            Parameter(
                ("--repair",), "merge what waits; copy a damaged database into a new one", "flag"
            ),
        ),
        no_figure=_STATE,
        example="doctor",
    ),
    Capability(
        "migrate",
        "bring the store to this version's schema",
        migrate,
        faces=CLI,
        no_figure=_ACT,
        example="migrate",
    ),
    Capability("gc", "delete what nothing refers to", gc, faces=CLI, no_figure=_ACT, example="gc"),
    Capability(
        "enable",
        "write the startup file into an IPython profile",
        enable,
        (
            Parameter(
                ("--profile",), "the profile; default: default", metavar="NAME", default="default"
            ),
            Parameter(("--remove",), "take it out again", "flag"),
        ),
        faces=CLI,
        no_figure=_ACT,
        example="enable --profile default",
    ),
)


def capabilities_of(face: str) -> dict[str, Capability]:
    """Return the capabilities of a face by name."""
    return {capability.name: capability for capability in TABLE if face in capability.faces}


def chosen(words: Sequence[str], face: str) -> tuple[Capability, list[str]]:
    """Return the capability that words begin with, and the words behind its name.

    Parameters
    ----------
    words : sequence of str
        At least one; a name may have two (``data diff``).
    face : str

    Raises
    ------
    UsageFault
        If no capability of the face is called so, with near matches.
    """
    known = capabilities_of(face)
    for size in (2, 1):
        name = " ".join(words[:size])
        if name in known:
            return known[name], list(words[size:])
    seconds = [name.partition(" ")[2] for name in known if name.startswith(f"{words[0]} ")]
    if not seconds:
        what = "%mlops command" if face == "magic" else "command"
        raise UsageFault.unknown(what, words[0], [*known, "help"])
    if len(words) > 1 and not words[1].startswith("-"):
        raise UsageFault.unknown(f"command of {words[0]}", words[1], seconds)
    raise UsageFault(f"{words[0]} was given no second word.", f"choose from {', '.join(seconds)}.")
