"""Functions and methods that capture knows by name: metrics, predictions, splitters.

The tables hold bare names, because the passthrough chooses candidate calls from
the text of a cell; the function that arrives at run time must then also come
from a module listed in `METRIC_MODULES`. `register_metric` extends both.
"""

from __future__ import annotations

from functools import lru_cache
from types import BuiltinFunctionType, FunctionType

from celltrail.core.digest_types import members, module_name, mro, qualname

METRIC_FUNCTIONS: set[str] = {
    "accuracy_score", "adjusted_mutual_info_score", "adjusted_rand_score", "auc",
    "average_precision_score", "balanced_accuracy_score", "brier_score_loss",
    "calinski_harabasz_score", "class_likelihood_ratios", "classification_report",
    "cohen_kappa_score", "completeness_score", "consensus_score", "coverage_error",
    "d2_absolute_error_score", "d2_brier_score", "d2_log_loss_score", "d2_pinball_score",
    "d2_tweedie_score", "davies_bouldin_score", "dcg_score", "explained_variance_score",
    "f1_score", "fbeta_score", "fowlkes_mallows_score", "hamming_loss", "hinge_loss",
    "homogeneity_completeness_v_measure", "homogeneity_score", "jaccard_score",
    "label_ranking_average_precision_score", "label_ranking_loss", "log_loss",
    "matthews_corrcoef", "max_error", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_gamma_deviance", "mean_pinball_loss",
    "mean_poisson_deviance", "mean_squared_error", "mean_squared_log_error",
    "mean_tweedie_deviance", "median_absolute_error", "mutual_info_score", "ndcg_score",
    "normalized_mutual_info_score", "precision_recall_fscore_support", "precision_score",
    "r2_score", "rand_score", "recall_score", "roc_auc_score", "root_mean_squared_error",
    "root_mean_squared_log_error", "silhouette_score", "top_k_accuracy_score",
    "v_measure_score", "zero_one_loss",
}  # fmt: skip
METRIC_MODULES: set[str] = {"sklearn.metrics"}

# Cross-validation returns one number per fold: recorded as mean and standard deviation.
FOLD_FUNCTIONS = frozenset({"cross_val_score", "cross_validate"})
PREDICTION_METHODS = frozenset(
    {
        "predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples",
        "fit_predict", "cross_val_predict", "predict_joint_log_proba", "staged_predict",
    }
)  # fmt: skip
FIT_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "fit_resample"})
SCORE_METHODS = frozenset({"score"})
SPLITTERS = frozenset(
    {
        "train_test_split", "KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold",
        "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit",
        "GroupShuffleSplit", "LeaveOneOut", "LeavePOut", "LeaveOneGroupOut", "LeavePGroupsOut",
        "TimeSeriesSplit", "PredefinedSplit",
    }
)  # fmt: skip
SEED_CALLS = {
    "random.seed": "random",
    "random.setstate": "random",
    "numpy.random.seed": "numpy.random",
    "numpy.random.set_state": "numpy.random",
}

# They measure nothing; which rows went through them is what leaks are found by.
SPLIT_FUNCTIONS = frozenset({"train_test_split"})
TRANSFORM_METHODS = frozenset({"transform"})

CANDIDATES: set[str] = (
    METRIC_FUNCTIONS
    | FOLD_FUNCTIONS
    | PREDICTION_METHODS
    | FIT_METHODS
    | SCORE_METHODS
    | SPLIT_FUNCTIONS
    | TRANSFORM_METHODS
)


def register_metric(name: str, module: str) -> None:
    """Treat the function `name` of `module` (and of its submodules) as a metric.

    Parameters
    ----------
    name : str
        Name of the function, as in its ``__name__``.
    module : str
        Module that defines it, such as ``"torchmetrics"``.
    """
    METRIC_FUNCTIONS.add(name)
    CANDIDATES.add(name)
    METRIC_MODULES.add(module)
    _holds_metrics.cache_clear()


def is_metric(function: object) -> bool:
    """Whether `function` is a recognised metric; only reads a plain function's names."""
    if type(function) is FunctionType:  # what nearly all are, at every step of a loop
        name: object = function.__name__
        module: object = function.__module__
    else:
        name, module = _plain(function, "__name__"), _plain(function, "__module__")
    if type(name) is not str or type(module) is not str or name not in METRIC_FUNCTIONS:
        return False
    return _holds_metrics(module)


@lru_cache(maxsize=1024)  # asked at every step of a loop
def _holds_metrics(module: str) -> bool:
    return any(module == known or module.startswith(known + ".") for known in METRIC_MODULES)


def is_from(function: object, root: str) -> bool:
    """Whether a plain function was defined in the distribution whose top module is `root`."""
    module = _plain(function, "__module__")
    return isinstance(module, str) and module.partition(".")[0] == root


def _plain(function: object, name: str) -> object:
    # Exact types only: an attribute of an unknown object may run the user's code.
    if type(function) is FunctionType or type(function) is BuiltinFunctionType:
        return getattr(function, name, None)
    return None


def is_estimator_class(kind: type) -> bool:
    """Whether `kind` is scikit-learn's BaseEstimator, or has its interface (xgboost, lightgbm)."""
    return any(
        qualname(base) == "BaseEstimator" and module_name(base) == "sklearn.base"
        for base in mro(kind)
    ) or (
        any("get_params" in members(base) for base in mro(kind))
        and any("fit" in members(base) for base in mro(kind))
    )
