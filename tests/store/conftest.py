from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".celltrail"


@pytest.fixture
def plain_user(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of a user whom file modes bind: the one who tests, or nobody instead of root."""
    folder = Path(tempfile.mkdtemp(prefix="celltrail-test-"))
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        shutil.rmtree(folder)
