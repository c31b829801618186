"""What a cell shows, as it is kept: cut with a note, pictures as blobs, never without a limit."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from celltrail.capture.outputs import Outputs
from celltrail.settings import Settings

PICTURE = b"\x89PNG\r\n"
TEXT = base64.b64encode(PICTURE).decode()


class Shown:
    """Outputs with small limits, and the blobs they made."""

    def __init__(self, **settings: int) -> None:
        limits = {"output_text_limit": 8, "output_blob_limit": 16} | settings
        self.outputs = Outputs(Settings(**limits))  # type: ignore[arg-type]
        self.blobs: list[bytes] = []

    def records(self) -> list[Any]:
        return list(self.outputs.records(lambda text: text.replace("secret", "‹x›"), self._put))

    def _put(self, data: bytes) -> str | None:
        self.blobs.append(data)
        return f"blob{len(self.blobs)}"


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_writes_to_one_stream_are_one_output(shown) -> None:
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        shown.outputs.stream(name, text)

    assert [(r.name, r.text) for r in shown.records()] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_a_text_at_its_limit_is_whole(shown) -> None:
    shown.outputs.stream("stdout", "12345678")
    (record,) = shown.records()

    assert (record.text, record.size, record.note) == ("12345678", 8, None)


def test_a_longer_text_keeps_its_beginning_and_its_end(shown) -> None:
    shown.outputs.stream("stdout", "123456789ab")
    (record,) = shown.records()

    assert (record.text, record.size) == ("123456ab", 11)  # three quarters of 8, and one
    assert "8 of 11" in record.note


def test_a_much_longer_text_keeps_its_beginning(shown) -> None:
    for _ in range(100):
        shown.outputs.stream("stdout", "1 2 ")
    (record,) = shown.records()

    assert (record.text, record.size) == ("1 2 1 2 ", 400)
    assert "8 of 400" in record.note


def test_a_word_that_the_cut_went_through_is_left_out() -> None:
    """Half of a secret is no longer known as one."""
    shown = Shown(output_text_limit=100)
    shown.outputs.stream("stdout", "x " * 95 + "half-of-a-secret-thing" + "y" * 50)
    (record,) = shown.records()

    assert "half" not in record.text


def test_sizes_are_those_of_each_stream_in_turn(shown) -> None:
    """Of two interrupted pieces of stdout each was given the size of both."""
    shown.outputs.stream("stdout", "abc")
    shown.outputs.stream("stderr", "d")
    shown.outputs.stream("stdout", "ef")

    assert [r.size for r in shown.records()] == [3, 1, 2]


def test_what_is_cut_because_its_stream_is_full_says_so(shown) -> None:
    shown.outputs.stream("stdout", "1 2 3 4 5 6 7 ")
    shown.outputs.stream("stderr", "-")
    shown.outputs.stream("stdout", "a b c")
    last = shown.records()[-1]

    assert (last.text, last.size, last.note) == ("a ", 5, "cut: the first 2 of 5 characters kept")


def test_redaction_comes_before_the_cut(shown) -> None:
    shown.outputs.stream("stdout", "a secret!")
    shown.outputs.display("result", {"text/plain": "a secret!"})

    assert [r.text for r in shown.records()] == ["a ‹x›!", "a ‹x›!"]


def test_a_picture_is_a_blob_with_its_text_beside_it(shown) -> None:
    shown.outputs.display("display", {"image/png": TEXT, "text/plain": "<Figure>"})
    (record,) = shown.records()

    assert (record.kind, record.mime, record.text, record.blob) == (
        "display",
        "image/png",
        "<Figure>",
        "blob1",
    )
    assert shown.blobs == [PICTURE]
    assert record.size == len(PICTURE)


@pytest.mark.parametrize(
    ("bundle", "mime"),
    [
        ({"text/html": "<b>", "text/plain": "b"}, "text/html"),
        ({"text/html": "<b>", "image/png": TEXT}, "image/png"),
        ({"text/plain": "b"}, "text/plain"),
        ({"application/json": {"a": [1]}}, "application/json"),
        (
            {"application/vnd.plotly.v1+json": {}, "text/html": "x"},
            "application/vnd.plotly.v1+json",
        ),
    ],
)
def test_the_richest_representation_is_kept(shown, bundle, mime) -> None:
    shown.outputs.display("display", bundle)

    assert shown.records()[0].mime == mime


@pytest.mark.parametrize("picture", ["n", None, 7, ""], ids=repr)
def test_a_broken_picture_is_an_empty_one(shown, picture) -> None:
    shown.outputs.display("display", {"image/png": picture})

    assert shown.records()[0].size == 0


def test_what_is_too_large_is_only_described(shown) -> None:
    shown.outputs.display("display", {"text/html": "x" * 17, "text/plain": "plain"})
    (record,) = shown.records()

    assert (record.blob, record.size, record.text) == (None, 17, "plain")
    assert record.note == "not kept: 17 bytes, the limit is 16"
    assert shown.blobs == []


def test_an_unknown_type_says_so(shown) -> None:
    shown.outputs.display("display", {"application/x-unknown": b"1"})
    shown.outputs.display("display", {})
    first, second = shown.records()

    assert (first.mime, first.note) == (
        "application/x-unknown",
        "not kept: an unknown type of output",
    )
    assert second.mime == "application/octet-stream"


def test_a_blob_that_no_disk_takes_says_so(shown) -> None:
    shown.outputs.display("display", {"image/png": TEXT})
    (record,) = shown.outputs.records(str, lambda data: None)

    assert (record.blob, record.note) == (None, "not kept: no disk takes it")


def test_many_outputs_are_counted(shown) -> None:
    for _ in range(203):
        shown.outputs.display("display", {"text/plain": "x"})
    records = shown.records()

    assert len(records) == 201
    assert records[-1].note == "3 further outputs were not kept"


def test_the_next_cell_starts_with_none(shown) -> None:
    shown.outputs.stream("stdout", "a")
    shown.outputs.clear()

    assert shown.records() == []


def test_what_cannot_be_encoded_is_replaced(shown) -> None:
    shown.outputs.display("display", {"text/html": "\ud800"})
    shown.records()

    assert shown.blobs == [b"?"]
