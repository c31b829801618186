from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from capture_cells import Notebook
from reliability.shells import Warm


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    """An empty notebook that digests everything in full."""
    with Notebook(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def warm(_environment_of_nobody: None) -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()
