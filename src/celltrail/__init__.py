"""A notebook-first MLOps workbench: every cell leaves a trail."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(ip: Any) -> None:
    """Begin recording in this shell (``%load_ext celltrail``)."""
    from celltrail.capture.hooks import load

    load(ip)


def unload_ipython_extension(ip: Any) -> None:
    """Stop recording in this shell (``%unload_ext celltrail``)."""
    from celltrail.capture.hooks import unload

    unload(ip)
