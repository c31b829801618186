"""The replies that the front end's tests read are those of this server."""

from __future__ import annotations

import pytest
from server.golden import FOLDER, replies


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return replies()


def test_there_is_a_file_for_each_reply_and_no_other(fresh) -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(fresh)


@pytest.mark.parametrize(
    "name", ["lineage.json", "reading_why.json", "result.json", "results.json"]
)
def test_file_holds_what_the_server_answers(fresh, name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")

    assert text == fresh[name], "`make wire` writes the files again."
