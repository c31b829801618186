"""Digests of estimators: equal fits agree, other parameters or data differ."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from celltrail.core.digest import digest, digest_report, sample_digest

Make = Callable[[], Any]

# The second of each pair has one parameter changed.
PAIRS: dict[str, tuple[Make, Make]] = {
    "LogisticRegression": (LogisticRegression, lambda: LogisticRegression(C=0.5)),
    "RandomForest": (
        lambda: RandomForestClassifier(5, random_state=0),
        lambda: RandomForestClassifier(5, random_state=1),
    ),
    "GradientBoosting": (
        lambda: GradientBoostingClassifier(n_estimators=4, random_state=0),
        lambda: GradientBoostingClassifier(n_estimators=5, random_state=0),
    ),
    "HistGradientBoosting": (
        lambda: HistGradientBoostingClassifier(max_iter=4, random_state=0),
        lambda: HistGradientBoostingClassifier(max_iter=4, random_state=0, l2_regularization=1),
    ),
    "SVC": (SVC, lambda: SVC(C=2)),
    "KNN": (KNeighborsClassifier, lambda: KNeighborsClassifier(3)),
    "KNN ball tree": (
        lambda: KNeighborsClassifier(algorithm="ball_tree"),
        lambda: KNeighborsClassifier(algorithm="ball_tree", p=1),
    ),
    "KMeans": (
        lambda: KMeans(2, random_state=0, n_init=1), lambda: KMeans(3, random_state=0, n_init=1),
    ),
    "PCA": (lambda: PCA(2), lambda: PCA(1)),
    "StandardScaler": (StandardScaler, lambda: StandardScaler(with_mean=False)),
    "Pipeline": (
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        lambda: make_pipeline(StandardScaler(), LogisticRegression(C=3)),
    ),
    "ColumnTransformer": (
        lambda: ColumnTransformer([("s", StandardScaler(), [0, 1]), ("o", OneHotEncoder(), [2])]),
        lambda: ColumnTransformer([("s", StandardScaler(), [0]), ("o", OneHotEncoder(), [2])]),
    ),
    "GridSearchCV": (
        lambda: GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=3, scoring="accuracy"),
        lambda: GridSearchCV(LogisticRegression(), {"C": [0.1, 2]}, cv=3, scoring="accuracy"),
    ),
    "DecisionTree": (
        lambda: DecisionTreeRegressor(random_state=0),
        lambda: DecisionTreeRegressor(random_state=0, max_depth=2),
    ),
    "GaussianNB": (GaussianNB, lambda: GaussianNB(var_smoothing=0.1)),
    "MLP": (
        lambda: MLPClassifier((3,), random_state=0, max_iter=300, tol=1.0),
        lambda: MLPClassifier((4,), random_state=0, max_iter=300, tol=1.0),
    ),
    "FunctionTransformer": (
        lambda: FunctionTransformer(np.abs), lambda: FunctionTransformer(np.square),
    ),
}  # fmt: skip


def data(seed: int = 0) -> tuple[Any, Any]:
    """Sixty rows, three columns (the third of few values) and two classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 3))
    x[:, 2] = np.arange(60) % 3
    return x, (x[:, 0] + x[:, 1] > 0).astype(int)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_equal_fits_agree_and_others_differ(pair: tuple[Make, Make]) -> None:
    x, y = data()
    first, again, other = pair[0]().fit(x, y), pair[0]().fit(x, y), pair[1]().fit(x, y)
    elsewhere = pair[0]().fit(*data(1))
    unfitted = pair[0]()

    report = digest_report(first)
    assert report.scope == "full", report.reason
    assert report.kind == "estimator"
    assert report.value == digest(again)
    assert report.value not in (digest(other), digest(unfitted))
    if not isinstance(first, FunctionTransformer):  # it learns nothing but the width
        assert report.value != digest(elsewhere)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_using_a_fitted_estimator_is_no_change(pair: tuple[Make, Make]) -> None:
    x, y = data()
    fitted = pair[0]().fit(x, y)
    before, sample = digest(fitted), sample_digest(fitted).value
    for method in ("predict", "predict_proba", "transform", "score", "kneighbors"):
        if hasattr(fitted, method):
            getattr(fitted, method)(*((x, y) if method == "score" else (x,)))
    repr(fitted)

    assert digest(fitted) == before
    assert sample_digest(fitted).value == sample
    assert sample is not None


def test_digest_changes_nothing_in_the_estimator() -> None:
    x, y = data()
    fitted = RandomForestClassifier(5, random_state=0).fit(x, y)
    names, expected = list(vars(fitted)), fitted.predict_proba(x)
    digest(fitted)

    assert list(vars(fitted)) == names
    np.testing.assert_array_equal(fitted.predict_proba(x), expected)


def test_text_vectoriser_is_read() -> None:
    texts = ["one two", "two three", "three one one"]

    assert digest(TfidfVectorizer().fit(texts)) == digest(TfidfVectorizer().fit(texts))
    assert digest(TfidfVectorizer().fit(texts)) != digest(TfidfVectorizer().fit(texts[:2]))


def test_transformer_of_the_users_is_an_estimator() -> None:
    class Shift(TransformerMixin, BaseEstimator):  # type: ignore[misc]
        def __init__(self, by: float = 1.0) -> None:
            self.by = by

        def fit(self, x: Any, y: Any = None) -> Shift:
            self.mean_ = x.mean()
            return self

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    x, _ = data()
    fitted = Shift().fit(x)

    assert digest_report(fitted).kind == "estimator"
    assert digest(fitted) == digest(Shift().fit(x))
    assert digest(fitted) != digest(Shift(2.0).fit(x))


def test_random_state_objects_count_by_their_state() -> None:
    forest = RandomForestClassifier(2, random_state=np.random.RandomState(0))
    before = digest(forest)
    forest.random_state.random_sample()

    assert before is not None
    assert digest(forest) != before


def test_cross_validation_leaves_the_estimator_alone() -> None:
    x, y = data()
    model = LogisticRegression()
    before = digest(model)
    cross_val_score(model, x, y, cv=3)

    assert digest(model) == before


def test_equal_fits_agree_in_fresh_processes() -> None:
    script = (
        "import sys; sys.path.insert(0, 'tests/core')\n"
        "import test_digest_estimators as t\n"
        "x, y = t.data()\n"
        "print([t.digest(make().fit(x, y)) for make, _ in t.PAIRS.values()])\n"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert printed[0] == printed[1]
    assert "None" not in printed[0]
