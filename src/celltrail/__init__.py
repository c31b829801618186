"""Every notebook cell leaves a trail.

Recording needs no call. The functions here are for those who want to declare a run, a
param or a metric by hand, and to read what was recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celltrail.capture.recognised import register_metric
    from celltrail.core.digest import digest, digest_report
    from celltrail.faces.api import (
        active_run,
        end_run,
        get_data,
        log,
        log_artifact,
        log_dict,
        log_input,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        log_text,
        search_results,
        set_tag,
        set_tags,
        start_run,
    )

__version__ = "0.1.0"

# Loaded when first asked for (PEP 562), so that a kernel starts without any of it.
_HOMES = {
    "celltrail.core.digest": ("digest", "digest_report"),
    "celltrail.capture.recognised": ("register_metric",),
    "celltrail.faces.api": (
        "active_run",
        "end_run",
        "get_data",
        "log",
        "log_artifact",
        "log_dict",
        "log_input",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "log_text",
        "search_results",
        "set_tag",
        "set_tags",
        "start_run",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "active_run",
    "digest",
    "digest_report",
    "end_run",
    "get_data",
    "load_ipython_extension",
    "log",
    "log_artifact",
    "log_dict",
    "log_input",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_text",
    "register_metric",
    "search_results",
    "set_tag",
    "set_tags",
    "start_run",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'celltrail' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def load_ipython_extension(ip: Any) -> None:
    """Start recording in an IPython shell (``%load_ext celltrail``); twice is once."""
    from celltrail.capture import hooks
    from celltrail.faces import magics

    # The magics first: they say what is wrong when recording cannot start.
    magics.register(ip)
    hooks.load(ip)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where a Jupyter server finds the routes."""
    return [{"module": "celltrail.faces.server"}]


def unload_ipython_extension(ip: Any) -> None:
    """Stop recording in an IPython shell and leave it as it was."""
    from celltrail.capture import hooks
    from celltrail.faces import magics

    magics.unregister(ip)
    hooks.unload(ip)
