from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faces_cases import HOSTILE
from trail_rows import Trail, metric, param

from celltrail.store.database import connect


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store on disk with four results, one of an earlier cell's params, one hostile."""
    folder = tmp_path / "project" / ".celltrail"
    folder.parent.mkdir()
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    connection = connect(folder, role="kernel")
    trail = Trail(connection)
    read = trail.execute("df = pd.read_csv('x.csv')", uses={"x.csv": (None, 1, "file")},
                         makes={"df": (1, "frame")})  # fmt: skip
    for n, (auc, c) in enumerate([(0.8, 0.1), (0.9, 1.0), (float("nan"), 10.0)]):
        trail.execute(
            f"model = LR(C={c}).fit(df)",
            uses={"df": (read, 1, "frame")},
            params=[param("C", c, owner="LR"), param("max_iter", 200, owner="LR")],
            metrics=[metric("auc", auc), metric("loss", 1 - auc if auc == auc else float("inf"))],
            run=trail.run("base", params={"lr": 0.1}) if n == 0 else None,
            environment="env",
        )
    trail.execute("evil()", params=[param(HOSTILE, HOSTILE)], metrics=[metric(HOSTILE, 1.0)],
                  notebook=f"{HOSTILE}.ipynb")  # fmt: skip
    connection.close()
    return folder


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A bare shell with the magics registered, as in a notebook but without a kernel."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from celltrail.faces import magics

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance(config=config, colors="nocolor")
    magics.register(ip)
    yield ip
    magics.unregister(ip)
    ip.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def recorded(shell: object, store: Path) -> Iterator[object]:
    """The same shell with its cells recorded into the store."""
    from celltrail.capture import hooks

    hooks.load(shell)
    yield shell
    hooks.unload(shell)
