"""The Jupyter server's half: routes that read the trail, for the sidebar and for programs.

The server runs no code of the user and loads no data: it reads rows in threads, with
read-only connections and a time limit, and draws reports.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def _load_jupyter_server_extension(server_app: Any) -> None:
    """Add the routes to a server; Jupyter calls this when it starts."""
    from celltrail.faces.server.asked import Home
    from celltrail.faces.server.installing import install
    from celltrail.faces.server.readers import Readers

    home = Home(Path(os.path.abspath(server_app.root_dir)), os.environ)
    install(server_app, home=home, readers=Readers())
