"""The same notebook gives the same results, whoever runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from reliability.shells import Warm, rows

FOREST = (
    (
        "import pandas as pd\n"
        "from sklearn.datasets import load_iris\n"
        "from sklearn.metrics import accuracy_score\n"
        "from sklearn.model_selection import train_test_split\n"
        "from sklearn.tree import DecisionTreeClassifier"
    ),
    "iris = load_iris(as_frame=True)\nframe = iris.frame\nframe.to_csv('iris.csv', index=False)",
    "frame = pd.read_csv('iris.csv')\nframe['area'] = frame.iloc[:, 2] * frame.iloc[:, 3]",
    "train, test = train_test_split(frame, test_size=0.3, random_state=0)\ndepth = 3",
    (
        "model = DecisionTreeClassifier(max_depth=depth, random_state=1)\n"
        "model.fit(train.drop(columns='target'), train['target'])"
    ),
    (
        "predicted = model.predict(test.drop(columns='target'))\n"
        "print(f\"accuracy {accuracy_score(test['target'], predicted):.3f}\")"
    ),
    (
        "for depth in (1, 2, 4):\n"
        "    tree = DecisionTreeClassifier(max_depth=depth, random_state=1)\n"
        "    tree.fit(train.drop(columns='target'), train['target'])\n"
        "    print(depth, tree.score(test.drop(columns='target'), test['target']))"
    ),
)
PRINTED = (
    (
        "import numpy as np\n"
        "from sklearn.linear_model import SGDRegressor\n"
        "from sklearn.metrics import mean_squared_error"
    ),
    "rng = np.random.default_rng(0)\nX = rng.normal(size=(80, 3))\ny = X @ [1.0, 2.0, 3.0]",
    (
        "model = SGDRegressor(alpha=0.01, random_state=0)\n"
        "for epoch in range(5):\n"
        "    model.partial_fit(X, y)\n"
        "    print(epoch, mean_squared_error(y, model.predict(X)))"
    ),
    "y[0] = 0.0\nfinal = mean_squared_error(y, model.predict(X))\nfinal",
)
NOTEBOOKS = {"a notebook with a model": FOREST, "a notebook with a loop": PRINTED}
CLIENTS = ("nbclient", "jupyter execute", "papermill", "papermill --engine celltrail", "ipython")


def run(client: str, cells: tuple[str, ...], folder: Path, warm: Warm) -> None:
    """Run the cells in `folder`, recording to the store in it."""
    environ = os.environ | {
        "CELLTRAIL_STORE": str(folder / ".celltrail"),
        "CELLTRAIL_EXACT": "on",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    notebook = new_notebook(cells=[new_code_cell(code) for code in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "P", "language": "python"}
    file = folder / "notebook.ipynb"
    nbformat.write(notebook, file)
    if client == "ipython":
        with warm.shell(folder, record=False) as shell:
            ran = shell.run("%load_ext celltrail", *cells)
            assert [one.error for one in ran] == [None] * len(ran)
            shell.end()
        return
    scripts = {
        "nbclient": "import nbformat; from nbclient import NotebookClient; "
        "NotebookClient(nbformat.read('notebook.ipynb', 4), timeout=200).execute()",
        "jupyter execute": "from nbclient.cli import main; main(['notebook.ipynb'])",
        "papermill": "from papermill.cli import papermill; "
        "papermill(['notebook.ipynb', 'out.ipynb', '--no-progress-bar'])",
        "papermill --engine celltrail": "from papermill.cli import papermill; papermill("
        "['notebook.ipynb', 'out.ipynb', '--no-progress-bar', '--engine', 'celltrail'])",
    }
    done = subprocess.run(
        [sys.executable, "-c", scripts[client]],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def results(folder: Path) -> dict[str, Any]:
    """What the store says, without identifiers, times, notebook, cell, run and environment."""
    tables = {
        # Empty cells aside, every execution in order, by its code and how it ended.
        "executions": "SELECT source, status, unseeded, opaque FROM execution"
        " JOIN code ON code.id = code_id ORDER BY execution.started_at",
        "params": "SELECT source, step, owner, name, param.type, value, origin, reaches FROM param"
        " JOIN execution ON execution.id = execution_id JOIN code ON code.id = code_id",
        "metrics": "SELECT source, step, name, kind, value, origin, function, is_value FROM metric"
        " JOIN execution ON execution.id = execution_id JOIN code ON code.id = code_id",
        "steps": "SELECT source, n, variables FROM step"
        " JOIN execution ON execution.id = execution_id JOIN code ON code.id = code_id",
        "used": "SELECT code.source, used.name, hex(entity.digest), kind, entity.type, scope,"
        ' evidence, "check", made.source FROM used JOIN execution ON execution.id = execution_id'
        " JOIN code ON code.id = execution.code_id JOIN entity ON entity.id = entity_id"
        " LEFT JOIN execution AS maker ON maker.id = source_id"
        " LEFT JOIN code AS made ON made.id = maker.code_id",
        "generated": "SELECT source, generated.name, hex(entity.digest), kind, entity.type, scope,"
        " change, evidence FROM generated JOIN execution ON execution.id = execution_id"
        " JOIN code ON code.id = code_id JOIN entity ON entity.id = entity_id",
        "columns": "SELECT position, name, dtype, hex(digest) FROM column_digest",
        "result params": "SELECT source, step, name, value FROM result_param"
        " JOIN result ON result.id = result_id JOIN execution ON execution.id = execution_id"
        " JOIN code ON code.id = code_id",
        "result metrics": "SELECT source, step, name, kind, value FROM result_metric"
        " JOIN result ON result.id = result_id JOIN execution ON execution.id = execution_id"
        " JOIN code ON code.id = code_id",
        "result data": "SELECT source, step, name, hex(entity.digest) FROM result_data"
        " JOIN result ON result.id = result_id JOIN execution ON execution.id = execution_id"
        " JOIN code ON code.id = code_id JOIN entity ON entity.id = entity_id",
        "problems": "SELECT place, message FROM problem",
    }
    found = {name: Counter(rows(folder, query)) for name, query in tables.items()}
    where = str(folder)

    def without_folder(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(v.replace(where, "FOLDER") if isinstance(v, str) else v for v in row)

    return {
        name: Counter({without_folder(row): count for row, count in counted.items()})
        for name, counted in found.items()
    }


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(290)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_client_records_the_same_results(notebook: str, warm: Warm, tmp_path: Path) -> None:
    cells = NOTEBOOKS[notebook]
    found = {}
    for client in CLIENTS:
        folder = tmp_path / client.replace(" ", "-")
        folder.mkdir()
        run(client, cells, folder, warm)
        found[client] = results(folder)

    expected = found.pop("nbclient")
    assert sum(expected["result metrics"].values()) >= 2
    assert sum(expected["steps"].values()) in {3, 5}
    assert expected["problems"] == Counter()
    for client, got in found.items():
        differing = {
            name: (expected[name] - got[name], got[name] - expected[name])
            for name in expected
            if got[name] != expected[name]
        }
        assert differing == {}, client
