"""One recorded session with many small histories, for tests that run them again.

Each history is a list of cells that ends with the cell of its result; all run in one kernel,
so that starting it and importing libraries is paid for once.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from celltrail.pipeline.clean_kernel import CleanKernel

LOAD = "get_ipython().extension_manager.load_extension('celltrail')"

POINTS = "a,b\n1,10\n2,20\n3,30\n"
SHOP = '__version__ = "1.0"\n\n\ndef price(count):\n    return count * 2.0\n'

HISTORIES: dict[str, list[str]] = {
    "imports": [
        "import os\nfrom pathlib import Path\nfrom celltrail import log_metric",
    ],
    "pipeline": [
        """from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split""",
        "X, y = load_iris(return_X_y=True, as_frame=True)",
        "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=7)",
        "unrelated = 1 / 7",
        "%%time\nmodel = LogisticRegression(C=0.5, max_iter=500).fit(X_train, y_train)",
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot(y_test)",
        """import time
started = time.time()
accuracy = accuracy_score(y_test, model.predict(X_test))
print(f'{accuracy:.3f} in {time.time() - started:.3f} s')""",
    ],
    "steps": [
        """for C in (0.01, 1.0):
    fitted = LogisticRegression(C=C, max_iter=500).fit(X_train, y_train)
    score = accuracy_score(y_test, fitted.predict(X_test))""",
    ],
    "unseeded": [
        "import numpy as np\ndraws = np.random.rand(5)",
        "doubled = draws * 2",
        "log_metric('mean', doubled.mean())",
    ],
    "csv": [
        "import pandas as pd\npoints = pd.read_csv('data/points.csv')",
        "points_total = points['a'] * points['b']",
        "log_metric('total', float(points_total.sum()))",
    ],
    "package": [
        "import shop",
        "amount = shop.price(3)",
        "log_metric('amount', amount)",
    ],
    "missing": [
        "base = 20",
        "taller = base + 2",
        "log_metric('taller', taller)",
    ],
    "close": [
        "wobble = int.from_bytes(os.urandom(4), 'big') * 1e-22",
        "level = 1e-3 + wobble",
        "log_metric('level', level)",
    ],
    "files": [
        "Path('out').mkdir(exist_ok=True)\nsize = Path('out/clean.csv').write_text('n\\n1\\n2\\n')",
        "clean = Path('out/clean.csv').read_text().split()",
        "log_metric('rows', len(clean))",
    ],
    "large": [
        "import numpy as np\nlarge = np.random.default_rng(3).random(12_000_000)",
        "log_metric('large_mean', float(large.mean()))",
    ],
    "raises": [
        "seen = [1]",
        "seen.append(2)\nraise ValueError('on purpose')",
        "here = Path.cwd()\nname = str(here / 'data')",
        "log_metric('seen', len(seen) + name.endswith('data'))",
    ],
    "secret": [
        "password = 'hunter2-correct-horse'",
        "log_metric('length', float(len(password)))",
    ],
    "tells": [
        """given = os.environ.get('API_TOKEN', '7')
told = int(given)""",
        "log_metric('told', told)",
    ],
    "shell": [
        "!echo 3 > three.txt",
        "three = int(Path('three.txt').read_text())",
        "log_metric('three', three)",
    ],
    "project": [
        "target = os.path.expandvars('$TEST_PROJECT') + os.sep + 'made.txt'",
        "written = Path(target).write_text('made')",
        "log_metric('written', written)",
    ],
    "run": [
        """%%mlops run --name outer
import celltrail
with celltrail.start_run('named', nested=True):
    log_metric('named_metric', 4.0)""",
    ],
    "slow": [
        "import time\ntime.sleep(float(os.environ.get('TEST_SLEEP', '0')))\nawake = 1.0",
        "log_metric('awake', awake)",
    ],
    "dies": [
        "if os.environ.get('TEST_DIE'):\n    os._exit(3)\nalive = 1.0",
        "log_metric('alive', alive)",
    ],
}

# A second session, which reads what the first one wrote.
LATER: dict[str, list[str]] = {
    "later": [
        "from pathlib import Path\nfrom celltrail import log_metric",
        "words = Path('out/clean.csv').read_text().split()",
        "log_metric('words', len(words))",
    ],
}


class Project:
    """A folder with data, a local package and the trail of one session.

    Attributes
    ----------
    folder, store : Path
    results : dict of str to str
        The identifier of each history's last result.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / ".celltrail"
        (folder / ".git").mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "data" / "points.csv").write_text(POINTS)
        (folder / "shop").mkdir()
        (folder / "shop" / "__init__.py").write_text(SHOP)
        self.environ = dict(os.environ) | {
            "TEST_PROJECT": str(folder),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.results: dict[str, str] = {}
        self._record()

    def rows(self, query: str, *values: object) -> list[tuple]:
        with closing(sqlite3.connect(self.store / "trail.db")) as connection:
            return connection.execute(query, values).fetchall()

    def executions(self, name: str) -> list[int]:
        """Row ids of the executions of a history, those of the imports first."""
        return [
            row
            for own in ("imports", name)
            for code in HISTORIES[own]
            for row, found in self.rows(
                "SELECT e.id, code.source FROM execution AS e JOIN code ON code.id = code_id"
                " JOIN session ON session.id = session_id WHERE client IS NULL ORDER BY e.id"
            )
            if found == code
        ]

    def _record(self) -> None:
        environment = self.environ | {"CELLTRAIL_NOTEBOOK": str(self.folder / "work.ipynb")}
        for histories in (HISTORIES, LATER):
            with (
                tempfile.TemporaryDirectory(prefix="ct") as scratch,
                CleanKernel(
                    Path(scratch), "f" * 32, working=self.folder, environment=environment
                ) as kernel,
            ):
                kernel.run(LOAD, silent=True)
                for name, cells in histories.items():
                    self._run(kernel, name, cells)

    def _run(self, kernel: CleanKernel, name: str, cells: list[str]) -> None:
        for code in cells:
            reply = kernel.run(code)
            assert (reply.error is not None) == ("raise " in code), (code, reply.error)
        newest = self.rows(
            "SELECT lower(hex(uuid)), step FROM result JOIN execution AS e"
            " ON e.id = execution_id ORDER BY result.id DESC LIMIT 1"
        )
        for uuid, step in newest:
            self.results[name] = uuid if step < 0 else f"{uuid}.{step}"
