"""A real Jupyter server with the routes, over real stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403 - pytest takes plugins at the top only
from server_cases import HOSTILE, Ask, Reply, trail_at, write_change
from tornado.httpclient import HTTPClientError
from trail_rows import Trail, metric, param


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"celltrail": True}}}


@pytest.fixture
def ask(jp_fetch: Callable[..., Any]) -> Ask:
    """Ask a route below `celltrail/`; keywords go into the query, a list repeats one."""

    async def fetch(*path: str, method: str = "GET", body: Any = None, headers: Any = None,
                    namespace: str = "celltrail", **query: Any) -> Reply:  # fmt: skip
        pairs = [(name, one) for name, value in query.items()
                 for one in (value if isinstance(value, list) else [value])]  # fmt: skip
        given = {} if body is None else {"body": body if type(body) is str else json.dumps(body)}
        try:
            response = await jp_fetch(namespace, *path, method=method, params=pairs,
                                      headers=headers or {}, **given)  # fmt: skip
        except HTTPClientError as error:
            return Reply(error.response)
        return Reply(response)

    return fetch


@pytest.fixture
def root(jp_root_dir: Path) -> Path:
    """The folder that the server serves."""
    return jp_root_dir


@pytest.fixture
def trail(root: Path) -> Trail:
    """A store with four results: one of NaN and infinity, the newest with hostile names."""
    trail = trail_at(root)
    book = str(root / "work.ipynb")
    read = trail.execute(
        "df = read_csv('x.csv')", uses={"x.csv": (None, 1, "file")}, makes={"df": (1, "frame")},
        notebook=book, cell="c0",
    )  # fmt: skip
    trail.execute("evil()", params=[param(HOSTILE, HOSTILE)], metrics=[metric(HOSTILE, 1.0)],
                  notebook=str(root / f"{HOSTILE}.ipynb"), cell=HOSTILE)  # fmt: skip
    for n, (auc, c) in enumerate([(float("nan"), 10.0), (0.8, 0.1), (0.9, 1.0)]):
        trail.execute(
            f"model = LR(C={c}).fit(df)",
            uses={"df": (read, 1, "frame")},
            params=[param("C", c, owner="LR"), param("max_iter", 200, owner="LR")],
            metrics=[metric("auc", auc), metric("loss", 1 - auc if auc == auc else float("inf"))],
            run=trail.run("base", params={"lr": 0.1}) if n == 1 else None,
            environment="env",
            notebook=book,
            cell=f"c{n + 1}",
        )
    write_change(trail)
    return trail
