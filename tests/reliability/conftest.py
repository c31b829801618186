from __future__ import annotations

from collections.abc import Iterator

import pytest
from reliability.shells import Warm


@pytest.fixture(scope="session")
def warm(_environment_of_nobody: None) -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()
