"""When what was replayed is a leak: three rules, each of which needs proof or says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from celltrail.lineage.leakage.call_replay import Replay
from celltrail.lineage.leakage.call_values import Fit, FoldScore, Prediction, Score, Step
from celltrail.lineage.leakage.row_sets import Relation, RowSet, relation, relation_of

# They learn nothing from rows, or only the names of classes.
_STATELESS = frozenset(
    {
        "AdditiveChi2Sampler", "Binarizer", "FeatureHasher", "FunctionTransformer",
        "GaussianRandomProjection", "HashingVectorizer", "LabelBinarizer", "LabelEncoder",
        "MultiLabelBinarizer", "Normalizer", "PolynomialFeatures", "RBFSampler",
        "SkewedChi2Sampler", "SparseRandomProjection",
    }
)  # fmt: skip
_CONTAINERS = frozenset({"ColumnTransformer", "FeatureUnion", "Pipeline"})
# Of other modules it is not known whether their transformers learn from rows.
_KNOWN_LIBRARIES = frozenset({"category_encoders", "feature_engine", "imblearn", "sklearn"})
_USES_TARGET = ("Select", "RFE", "TargetEncoder", "CatBoostEncoder", "LeaveOneOutEncoder", "WOE")
_VALIDATION = re.compile(r"(?:\b|_)(?:val|valid|validation|dev)\d*(?:\b|_)")
_TRAINING = re.compile(r"train|(?:\b|_)tr(?:\b|_)", re.IGNORECASE)
_HELD: frozenset[Relation] = frozenset({"same", "around"})
_TOUCHED: frozenset[Relation] = frozenset({"same", "inside", "around", "overlap"})


@dataclass(frozen=True, slots=True)
class Leak:
    """One fit that saw rows on which something was judged.

    Attributes
    ----------
    kind : str
        ``rows``: the model itself was fitted on them. ``train``: they are what it was
        fitted on, and other rows were judged as well. ``watched``: they were handed to its
        fit to be scored. ``transformer``: a transformer was fitted on them.
        ``validation``: so it was, and rows that it never saw are left.
    fit : Fit
    test : tuple of RowSet
        The rows judged.
    text : str
        They as written, about.
    relation : str
        How the rows of the fit lie to those judged.
    judged : Score, FoldScore or None
        None where they were set apart and not judged yet.
    sure : bool
        False where the transformer may be one that learns nothing.
    """

    kind: str
    fit: Fit
    test: tuple[RowSet, ...]
    text: str
    relation: Relation
    judged: Score | FoldScore | None
    sure: bool = True


def leaks(replay: Replay, counts: Callable[[Step], bool]) -> Iterator[Leak]:
    """Yield the leaks of what was judged where `counts`, in the order in which it was."""
    seen: set[tuple[Fit, RowSet]] = set()
    for score in filter(counts, replay.scores):
        for prediction in score.predictions:
            for leak in _of_prediction(replay, score, prediction):
                seen.update((leak.fit, rows.known()) for rows in leak.test)
                yield leak
    for fold in filter(counts, replay.folds):
        yield from _of_folds(replay, fold)
    judged = {
        rows.known() for score in replay.scores for p in score.predictions for rows in p.data.rows
    }
    for part, fits in replay.parts:
        # A part that was judged has been spoken of; one that nobody judged yet is a warning.
        if not fits or any(relation(rows, part) in _TOUCHED for rows in judged):
            continue
        for fit in sorted(fits, key=_order):
            if (fit, part.known()) in seen or not counts(fit) or not _learns(fit):
                continue
            if relation_of(fit.rows, [part]) in _HELD and not _left_over(replay, fit, [part]):
                seen.add((fit, part.known()))
                text = part.name or "its test rows"
                yield Leak("transformer", fit, (part,), text, "around", None, _is_known(fit))


def _of_prediction(replay: Replay, score: Score, prediction: Prediction) -> Iterator[Leak]:
    data = prediction.data
    own = _fitted_on(score, prediction)
    if own is not None:
        yield from _own_leaks(replay, score, prediction, *own)
        return
    if prediction.fits and all(fit.target is None for fit in prediction.fits):
        return  # clusters and densities are judged on what they were fitted on
    for fit in prediction.fits:
        for text, watched in fit.watched:
            if relation_of(watched.rows, data.rows) in _TOUCHED:
                yield Leak("watched", fit, data.rows, text, "same", score)
    fits = data.all_fits().union(*(fit.data.all_fits() for fit in prediction.fits))
    for fit in sorted(fits - set(prediction.fits), key=_order):
        found = relation_of(fit.rows, data.rows)
        if found not in _HELD or not _learns(fit):
            continue
        kind = "validation" if _left_over(replay, fit, data.rows) else "transformer"
        yield Leak(kind, fit, data.rows, prediction.text, found, score, _is_known(fit))


def _fitted_on(score: Score, prediction: Prediction) -> tuple[Fit, Relation] | None:
    """The supervised fit that saw rows which were judged, and how they lie to each other."""
    for fit in prediction.fits:
        if fit.target is None:
            continue  # without a target there is no answer to be given away
        found = relation_of(fit.rows, prediction.data.rows)
        if found == "unknown" and score.truth is not None:
            found = relation_of(fit.target.rows, score.truth.rows)
        if found in _TOUCHED:
            return fit, found
    return None


def _own_leaks(
    replay: Replay, score: Score, prediction: Prediction, fit: Fit, found: Relation
) -> Iterator[Leak]:
    """The rows a model was fitted on are also judged, as a training score or by mistake."""
    is_training = found == "same" and (
        _TRAINING.search(prediction.text) is not None or _is_judged_elsewhere(replay, fit)
    )
    is_description = found == "inside" and _is_judged_elsewhere(replay, fit)
    kind = "train" if is_training or is_description else "rows"
    yield Leak(kind, fit, prediction.data.rows, prediction.text, found, score)


def _is_judged_elsewhere(replay: Replay, fit: Fit) -> bool:
    """Whether rows that `fit` did not see were judged, or folds of those it saw."""
    for score, prediction in replay.judged.get(fit, ()):
        if _fitted_on(score, prediction) is None:
            return True
    return any(relation_of(fold.data.rows, fit.rows) in _TOUCHED for fold in replay.folds)


def _of_folds(replay: Replay, fold: FoldScore) -> Iterator[Leak]:
    for fit in sorted(fold.data.all_fits(), key=_order):
        found = relation_of(fit.rows, fold.data.rows)
        if found not in _HELD or not _learns(fit):
            continue
        gives_away = fit.call.kind == "fit_resample" or any(
            word in name for name in (*fit.call.classes, *fit.call.inside) for word in _USES_TARGET
        )
        spared = not gives_away and _left_over(replay, fit, fold.data.rows)
        kind = "validation" if spared else "transformer"
        yield Leak(kind, fit, fold.data.rows, fold.text, found, fold, _is_known(fit))


def _left_over(replay: Replay, fit: Fit, judged: Iterable[RowSet]) -> bool:
    """Whether test rows were set apart that neither `fit` saw nor `judged` holds."""
    rows = list(judged)
    return any(
        relation_of(fit.rows, [part]) == "disjoint" and relation_of(rows, [part]) == "disjoint"
        for part, _ in replay.parts
    )


def _order(fit: Fit) -> tuple[int, int]:
    return fit.execution, fit.call.n


def _learns(fit: Fit) -> bool:
    """Whether a transformer takes something from the rows it is fitted on."""
    names = {name.rpartition(".")[2] for name in (*fit.call.classes, *fit.call.inside)}
    return bool(names - _CONTAINERS - _STATELESS)


def _is_known(fit: Fit) -> bool:
    if fit.call.kind == "fit_resample":
        return True
    modules = {name.partition(".")[0] for name in (*fit.call.classes, *fit.call.inside)}
    return modules <= _KNOWN_LIBRARIES


# --- the same test rows, judged again and again -------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """One model, or one setting of it, that was judged on some test rows."""

    fits: tuple[Fit, ...]
    scores: tuple[Score, ...]
    times: int  # how many models or settings a loop made of it

    @property
    def model(self) -> str:
        """Its class; the classes of several whose predictions were scored together."""
        return " + ".join(dict.fromkeys(fit.class_name for fit in self.fits))


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Rows that no model judged on them was fitted on.

    Attributes
    ----------
    rows : RowSet
    names : tuple of str
        As they were written.
    looks : tuple of Look
    is_validation : bool
        They are there to choose by: other rows are left for the last word.
    """

    rows: RowSet
    names: tuple[str, ...]
    looks: tuple[Look, ...]
    is_validation: bool = False

    @property
    def times(self) -> int:
        """How many models were judged, baselines left out."""
        return sum(look.times for look in self.looks if not _is_baseline(look))

    @property
    def is_reused(self) -> bool:
        """Whether several models were judged on rows that are there for the last word."""
        return self.times > 1 and not self.is_validation


def judged_rows(replay: Replay) -> list[JudgedRows]:
    """Return the rows that models were judged on, with the models."""
    scores: dict[RowSet, dict[tuple[Fit, ...], list[Score]]] = {}
    names: dict[RowSet, dict[str, None]] = {}
    for score in replay.scores:
        for prediction in score.predictions:
            rows = {rows.known() for rows in prediction.data.rows}
            if len(rows) != 1 or not prediction.fits or _fitted_on(score, prediction):
                continue
            if all(fit.target is None for fit in prediction.fits):
                continue
            (only,) = rows
            if only.varying:
                continue  # the folds of a loop: other rows at each turn
            fits = tuple(fit for p in score.predictions for fit in p.fits)
            judged = scores.setdefault(only, {}).setdefault(fits, [])
            if score not in judged:
                judged.append(score)
            names.setdefault(only, {})[prediction.text] = None
    found = [
        JudgedRows(rows, tuple(names[rows]), tuple(_distinct(by_fits)))
        for rows, by_fits in scores.items()
    ]
    return [
        JudgedRows(item.rows, item.names, item.looks, _is_validation(item, found, replay))
        for item in found
    ]


def _distinct(by_fits: dict[tuple[Fit, ...], list[Score]]) -> Iterator[Look]:
    """The looks, with those left out that repeat an earlier one to the last digit."""
    known: set[tuple[object, ...]] = set()
    for fits, scores in by_fits.items():
        marks = {
            (*((fit.code, fit.call.n) for fit in fits), score.code, score.call.n, score.value)
            for score in scores
        }
        if marks & known:
            continue
        known |= marks
        yield Look(fits, tuple(scores), max(_times(fits, score) for score in scores))


def _times(fits: tuple[Fit, ...], score: Score) -> int:
    """How many models or settings a score in a loop stands for."""
    if not score.call.loop and score.call.count == 1:
        return 1
    return score.call.count if score.varied or any(fit.call.loop for fit in fits) else 1


def _is_validation(item: JudgedRows, found: list[JudgedRows], replay: Replay) -> bool:
    words = " ".join(item.names).lower()
    if _VALIDATION.search(words):
        return True
    if "test" in words or "hold" in words:
        return False
    often = {other.rows for other in found if other.times > 1}
    return any(
        relation(item.rows, part) == "disjoint" and part.known() not in often
        for part, _ in replay.parts
    )


def _is_baseline(look: Look) -> bool:
    return all(
        name.rpartition(".")[2].startswith("Dummy")
        for fit in look.fits
        for name in fit.call.classes
    )
