from __future__ import annotations

import threading
from pathlib import Path

import pytest
import xxhash

from celltrail.core.errors import NotFound
from celltrail.store import blobs


def test_what_is_put_can_be_got_by_its_address(tmp_path: Path) -> None:
    address = blobs.put(tmp_path, b"figure")

    assert blobs.get(tmp_path, address) == b"figure"
    assert address == xxhash.xxh3_128(b"figure").hexdigest()
    assert blobs.path_of(tmp_path, address) == tmp_path / "blobs" / address[:2] / address[2:]
    assert blobs.path_of(tmp_path, address).stat().st_mode & 0o777 == 0o600


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    address = blobs.put(tmp_path, b"figure")
    written = blobs.path_of(tmp_path, address).stat().st_mtime_ns

    assert blobs.put(tmp_path, b"figure") == address
    assert blobs.path_of(tmp_path, address).stat().st_mtime_ns == written
    assert list(blobs.addresses(tmp_path)) == [address]
    assert list(blobs.leftovers(tmp_path)) == []


def test_a_file_that_a_power_cut_emptied_is_written_again(tmp_path: Path) -> None:
    address = blobs.put(tmp_path, b"figure")
    blobs.path_of(tmp_path, address).write_bytes(b"")

    blobs.put(tmp_path, b"figure")

    assert blobs.get(tmp_path, address) == b"figure"


def test_nothing_is_a_content_too(tmp_path: Path) -> None:
    assert blobs.get(tmp_path, blobs.put(tmp_path, b"")) == b""


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")

    with pytest.raises(OSError, match="blobs"):
        blobs.put(tmp_path, b"figure")

    assert [entry.name for entry in tmp_path.iterdir()] == ["blobs"]


def test_many_threads_put_the_same_content(tmp_path: Path) -> None:
    threads = [threading.Thread(target=blobs.put, args=(tmp_path, b"x" * 10**6)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [address] = blobs.addresses(tmp_path)
    assert blobs.get(tmp_path, address) == b"x" * 10**6
    assert list(blobs.leftovers(tmp_path)) == []


@pytest.mark.parametrize("address", ["../../etc/passwd", "", "AB" * 16, "a" * 31, "ab" * 16])
def test_what_is_no_address_or_is_not_there_is_not_found(tmp_path: Path, address: str) -> None:
    with pytest.raises(NotFound, match="There is no kept content"):
        blobs.get(tmp_path, address)


def test_a_file_is_kept_under_the_address_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(b"x" * 3_000_000)

    assert blobs.put_file(tmp_path, file) == (blobs.put(tmp_path, b"x" * 3_000_000), 3_000_000)
    assert blobs.put_file(tmp_path, file) == blobs.put_file(tmp_path, file)
    assert len(list(blobs.addresses(tmp_path))) == 1
    assert list(blobs.leftovers(tmp_path)) == []
