"""What the startup file calls: begin recording in a kernel, silently or not at all."""

from __future__ import annotations

import sys


def start() -> None:
    """Load the extension if this is a kernel; never raises and binds no name."""
    try:
        # Through sys.modules: where there is a shell, IPython is loaded already.
        module = sys.modules.get("IPython.core.getipython")
        ip = module.get_ipython() if module is not None else None
        if ip is None or getattr(ip, "kernel", None) is None:
            return  # a terminal: `%load_ext celltrail` starts recording there
        ip.extension_manager.load_extension("celltrail")
    except Exception as error:  # a kernel must start whatever is wrong with us
        import logging

        logging.getLogger("celltrail").warning("recording did not start: %s", error)
