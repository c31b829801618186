"""What a user can ask for: one table for the magic, the command line, help and completion.

Each row is a function from a `Place` and its parameters to a `Report`; faces only parse,
call and show.
"""

from __future__ import annotations

from celltrail.capabilities.capability import CLI, Capability, Parameter
from celltrail.capabilities.labels import forget, gc, note, tag
from celltrail.capabilities.readings import lineage, results, runs, show
from celltrail.capabilities.upkeep import doctor, enable, init, migrate, off, on, status

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
                ("--name",), "every execution that made or used a variable or file", metavar="NAME"
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
    """Return the commands of a face by name."""
    return {capability.name: capability for capability in TABLE if face in capability.faces}
