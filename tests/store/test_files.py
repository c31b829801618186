from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import xxhash

from celltrail.store.files import FileDigests, hash_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(os.urandom(3_000_000))
    return path


def later(seconds: float = 10) -> int:
    return time.time_ns() + int(seconds * 1e9)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_the_digest_is_xxh3_of_all_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)

    found = hash_file(tmp_path / "f", now_ns=time.time_ns())

    assert found == f"ct1:{xxhash.xxh3_128(data).hexdigest()}"


def test_a_settled_file_is_read_once(file: Path) -> None:
    digests = FileDigests()
    first = digests.hash_file(file, now_ns=later())
    [key] = digests._known
    digests._known[key] = "remembered"  # whoever reads the bytes cannot say this

    assert digests.hash_file(file, now_ns=later()) == "remembered" != first


def test_a_file_written_a_moment_ago_is_read_again(file: Path) -> None:
    digests = FileDigests()
    digests.hash_file(file, now_ns=time.time_ns())

    assert len(digests._known) == 0


def test_a_write_within_one_time_stamp_is_seen(file: Path) -> None:
    digests = FileDigests()
    before = digests.hash_file(file, now_ns=time.time_ns())
    times = file.stat()
    with file.open("r+b") as stream:
        stream.write(b"other")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert digests.hash_file(file, now_ns=time.time_ns()) != before


def test_a_modification_time_set_back_does_not_make_a_file_settled(file: Path) -> None:
    digests = FileDigests()
    os.utime(file, ns=(0, 0))
    digests.hash_file(file, now_ns=time.time_ns())

    assert len(digests._known) == 0


def test_a_change_gives_another_digest(file: Path) -> None:
    digests = FileDigests()
    before = digests.hash_file(file, now_ns=later())
    with file.open("ab") as stream:
        stream.write(b"!")

    assert digests.hash_file(file, now_ns=later()) != before


def test_a_link_is_its_file(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)

    assert hash_file(link, now_ns=later()) == hash_file(file, now_ns=later())


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="not a regular file"):
        hash_file(tmp_path / "pipe", now_ns=later())


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hash_file(tmp_path / "none", now_ns=later())
