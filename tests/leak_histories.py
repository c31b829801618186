"""The corpus of `tests/leaks`: short histories of cells, and the findings expected by hand.

Each ``NN_name.py`` begins with comments: a sentence about it, then a line for each finding
that a careful reader expects, ``# warning: TEXT | TEXT ; executions 3 4 6``, whose sentence
holds every text and which names the executions by their number, each once:
repeats are dropped. ``# verdict: unknown`` is expected of
the whole; else it is that of the worst finding. From 51 on there is no warning.

Percent cells follow. They run after the first cell, `SHARED`, in a shell of this process.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from celltrail.capture import hooks
from celltrail.lineage.leakage.leaks import CheckReport, check
from celltrail.store.database import connect

FOLDER = Path(__file__).parent / "leaks"
_EXPECTED = re.compile(r"# (warning|unknown|ok): (.+) ; executions ([\d ]+)")

SHARED = """\
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score, silhouette_score
from sklearn.model_selection import (
    GridSearchCV, KFold, TimeSeriesSplit, cross_val_predict, cross_val_score, train_test_split
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer, LabelEncoder, MinMaxScaler, Normalizer, PolynomialFeatures, StandardScaler
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
rng = np.random.default_rng(7)
df = pd.DataFrame(rng.normal(size=(120, 4)), columns=["a", "b", "c", "d"])
df["label"] = (df["a"] + rng.normal(size=120) > 0).astype(int)
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding: its verdict, texts in its sentence, and numbers of executions."""

    verdict: str
    texts: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Cells, and what is to be found in them."""

    name: str
    cells: tuple[str, ...]
    expected: tuple[Expected, ...]
    verdict: str


def names() -> list[str]:
    """Every case, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def load(name: str) -> History:
    """Read a case."""
    head, *cells = re.split(
        r"^# %%\n", (FOLDER / f"{name}.py").read_text("utf-8"), flags=re.MULTILINE
    )
    expected = tuple(
        Expected(verdict, tuple(texts.split(" | ")), tuple(map(int, counts.split())))
        for verdict, texts, counts in _EXPECTED.findall(head)
    )
    verdicts = [item.verdict for item in expected]
    worst = next((v for v in ("warning", "unknown") if v in verdicts), "ok")
    stated = re.search(r"# verdict: (\w+)", head)
    return History(name, tuple(cells), expected, stated[1] if stated else worst)


@contextlib.contextmanager
def plain_shell() -> Iterator[Any]:
    """A shell of this process that nobody records."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config, colors="nocolor")
    try:
        yield shell
    finally:
        shell.history_manager.end_session()
        InteractiveShell.clear_instance()


@contextlib.contextmanager
def recorded_shell(store: Path, patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A shell of this process whose cells are recorded into `store`."""
    patch.setenv("CELLTRAIL_STORE", str(store))
    patch.setenv("CELLTRAIL_EXACT", "on")
    with plain_shell() as shell:
        hooks.load(shell)
        try:
            yield shell
        finally:
            hooks.unload(shell)


def run(shell: Any, cells: tuple[str, ...]) -> str:
    """Run cells and return what they printed; a cell that raises fails the test."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in (SHARED, *cells):
            shell.run_cell(cell, store_history=True).raise_error()
    return printed.getvalue()


def checked(store: Path) -> tuple[CheckReport, dict[str, int]]:
    """The report of the newest session, and the number of each execution."""
    connection = connect(store, role="reader")
    with contextlib.closing(connection):
        counts = connection.execute("SELECT lower(hex(uuid)), count FROM execution").fetchall()
        return check(connection), dict(counts)
