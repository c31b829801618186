"""Replies that the front end's tests read as well: `python golden.py --update` writes them.

Run it with ``PYTHONPATH=tests`` from the project's folder, as `make wire` does.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server_cases import HOSTILE, trail_at
from trail_rows import Trail, metric, param

from celltrail.capabilities.capability import REST, Place
from celltrail.faces.server import details, listings, questions
from celltrail.faces.server.asked import Asked, Home
from celltrail.faces.server.handlers import encoded

FOLDER = Path(__file__).parents[2] / "jupyter_extension" / "test" / "golden"
# What the server would serve; nothing is there, and nothing of a reply depends on it.
_ROOT = Path("/project")
_BOOK = str(_ROOT / "work.ipynb")


def replies() -> dict[str, str]:
    """Return the texts of the files by name, the same on every machine."""
    with tempfile.TemporaryDirectory() as folder, _in_utc():
        _write(trail_at(Path(folder)))
        place = Place(Path(folder) / ".celltrail", {}, face=REST)

        def ask(subject: str = "", **query: str) -> Asked:
            given = {name: (value,) for name, value in query.items()}
            return Asked(Home(_ROOT, {}), place, _BOOK, subject, given)

        found: dict[str, Mapping[str, Any]] = {
            "results.json": listings.results(ask()),
            "result.json": details.result(ask("latest")),
            "lineage.json": details.lineage(ask(of="latest")),
            "reading_why.json": questions.reading_reply(ask("why")),
        }
        return {name: _text(reply) for name, reply in found.items()}


def _write(trail: Trail) -> None:
    """Write one notebook: data, two models on it, a hostile cell, and a mend of the data."""
    read = trail.execute(
        "df = read_csv('cancer.csv')",
        uses={"file:cancer.csv": (None, 1, "file")},
        makes={"df": (1, "frame")},
        notebook=_BOOK,
        cell="read",
    )
    _score(trail, read, content=1, accuracy=0.921)
    trail.execute(
        "evil()",
        params=[param(HOSTILE, HOSTILE)],
        metrics=[metric(HOSTILE, float("nan"))],
        notebook=_BOOK,
        cell="evil",
    )
    mend = trail.execute(
        "df.loc[df.radius < 0, 'radius'] = df.radius.median()",
        uses={"df": (read, 1, "frame")},
        makes={"df": (2, "frame")},
        notebook=_BOOK,
        cell="mend",
        unseeded=["numpy.random"],
    )
    trail.execute("1 / 0", notebook=_BOOK, cell="broken", status="error")
    _score(trail, mend, content=2, accuracy=0.947)


def _score(trail: Trail, source: int, *, content: int, accuracy: float) -> None:
    """Write a fit on a content of `df`, and its score by step."""
    fit = trail.execute(
        "model = DecisionTreeClassifier(max_depth=3).fit(df)",
        uses={"df": (source, content, "frame")},
        makes={"model": (content, "estimator")},
        params=[param("max_depth", 3, owner="DecisionTreeClassifier")],
        notebook=_BOOK,
        cell="fit",
    )
    model = f"{trail.id(trail.count)}:model"
    trail.execute(
        "print(accuracy_score(y, model.predict(df)))",
        uses={"model": (fit, content, "estimator"), "df": (source, content, "frame")},
        metrics=[metric("accuracy", accuracy, model=model)],
        notebook=_BOOK,
        cell="score",
        environment="env",
    )


def _text(reply: Mapping[str, Any]) -> str:
    return json.dumps(json.loads(encoded(reply)), indent=1, sort_keys=True) + "\n"


@contextmanager
def _in_utc() -> Iterator[None]:
    """Say times of reports in one zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


if __name__ == "__main__" and sys.argv[1:] == ["--update"]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in replies().items():
        (FOLDER / name).write_text(text, "utf-8")
