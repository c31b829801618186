"""What a user can ask for: one table for the magic, the command line, help and completion.

Each command is a function from a `Place` and its options to an `Answer`; faces only
parse, call and show.
"""

from __future__ import annotations

from celltrail.faces.command import CLI, Command, Option
from celltrail.faces.labelling import forget, gc, note, tag
from celltrail.faces.readings import lineage, results, runs, show
from celltrail.faces.upkeep import doctor, enable, init, migrate, off, on, status

_ID = Option(
    ("id",),
    "a result, execution or run: its digits, latest, -2, or a run's name",
    metavar="ID",
    completes="results",
)
_LATEST = Option(
    ("id",),
    "as shown by results; latest, -2, or a run's name; default: latest",
    metavar="ID",
    count="?",
    default="latest",
    completes="results",
)
_LIMIT = Option(("--limit",), "how many at most; default 20", "number", "N", default=20)
COMMANDS: tuple[Command, ...] = (
    Command(
        "results",
        "results with their metrics and the params that differ",
        results,
        (
            Option(
                ("--filter",),
                'such as "metrics.auc > 0.9 AND params.C = 1"',
                metavar="TEXT",
                default="",
                completes="columns",
            ),
            Option(
                ("--sort",),
                'a column, -column or "column DESC"; may be repeated',
                metavar="COLUMN",
                count="append",
                completes="columns",
            ),
            _LIMIT,
            Option(("--cursor",), "where the page before ended", metavar="TEXT"),
            Option(("--split",), "a line for each execution of a joined result", "flag"),
            Option(("--reproduced",), "also what reproducing a result ran", "flag"),
        ),
        example='results --filter "metrics.auc > 0.9" --sort -auc',
        is_reading=True,
    ),
    Command("show", "one result in full", show, (_LATEST,), example="show latest", is_reading=True),
    Command(
        "lineage",
        "what a result came from",
        lineage,
        (_LATEST,),
        example="lineage latest --json",
        is_reading=True,
    ),
    Command(
        "runs",
        "named runs and batch runs",
        runs,
        (_LIMIT,),
        example="runs --limit 5",
        is_reading=True,
    ),
    Command(
        "tag",
        "label a result or run",
        tag,
        (
            _ID,
            Option(
                ("tags",), "key=value, key alone, or key- to remove", metavar="KEY=VALUE", count="+"
            ),
        ),
        example="tag latest stage=final",
    ),
    Command(
        "note",
        "write a note beside a result or run",
        note,
        (
            _ID,
            Option(
                ("text",),
                "the note; without it the notes are shown",
                metavar="TEXT",
                count="*",
                default=(),
            ),
        ),
        example='note latest "after cleaning"',
    ),
    Command(
        "forget",
        "delete for good, with what only it needs",
        forget,
        (
            Option(
                ("ids",),
                "results, executions or runs",
                metavar="ID",
                count="*",
                default=(),
                completes="results",
            ),
            Option(
                ("--notebook",),
                "every execution of a notebook",
                metavar="PATH",
                completes="notebooks",
            ),
            Option(
                ("--name",), "every execution that made or used a variable or file", metavar="NAME"
            ),
            Option(
                ("--older-than",),
                "every execution before a date, or so many days ago (30d)",
                metavar="WHEN",
            ),
            Option(("--yes",), "do it: needed where no ID is given", "flag"),
        ),
        example="forget --older-than 90d --yes",
    ),
    Command("on", "start recording in this project", on, example="on"),
    Command("off", "stop recording in this project", off, example="off"),
    Command(
        "status", "is it recording, where, and how much is there", status, example="status --json"
    ),
    Command("init", "make a store in this folder", init, faces=CLI, example="init"),
    Command(
        "doctor",
        "check the store and the startup file",
        doctor,
        (
            Option(
                ("--repair",), "merge what waits; copy a damaged database into a new one", "flag"
            ),
        ),
        example="doctor",
    ),
    Command(
        "migrate", "bring the store to this version's schema", migrate, faces=CLI, example="migrate"
    ),
    Command("gc", "delete what nothing refers to", gc, faces=CLI, example="gc"),
    Command(
        "enable",
        "write the startup file into an IPython profile",
        enable,
        (
            Option(
                ("--profile",), "the profile; default: default", metavar="NAME", default="default"
            ),
            Option(("--remove",), "take it out again", "flag"),
        ),
        faces=CLI,
        example="enable --profile default",
    ),
)


def commands_of(face: str) -> dict[str, Command]:
    """Return the commands of a face by name."""
    return {command.name: command for command in COMMANDS if face in command.faces}
