"""Content-addressed files: one per content, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import xxhash

from celltrail.core.errors import NotFound
from celltrail.store.location import BLOBS

# xxh3-128, as in every ct1 digest: 20 times faster than sha256, and the address guards
# against accidents, not against an adversary (who could write the file as well).
_ADDRESS_DIGITS = 32
_FOLDER_DIGITS = 2
_BLOCK_BYTES = 1 << 20


def put(store: Path, data: bytes) -> str:
    """Keep bytes and return their address; the same bytes are kept once.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    address = xxhash.xxh3_128_hexdigest(data)
    if not _is_kept(path_of(store, address), len(data)):
        with _temporary(store) as (stream, temporary):
            stream.write(data)
            _name(store, stream, temporary, address)
    return address


def put_file(store: Path, file: Path) -> tuple[str, int]:
    """Keep a copy of a file, read once and never held whole; return address and size.

    Raises
    ------
    OSError
        If the file cannot be read, or the disk refuses.
    """
    state, size = xxhash.xxh3_128(), 0
    with file.open("rb") as source, _temporary(store) as (stream, temporary):
        while block := source.read(_BLOCK_BYTES):
            state.update(block)
            stream.write(block)
            size += len(block)
        address = state.hexdigest()
        if not _is_kept(path_of(store, address), size):
            _name(store, stream, temporary, address)
    return address, size


def _is_kept(file: Path, size: int) -> bool:
    # A size that differs is what a power cut leaves; the file is then written again.
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False


@contextmanager
def _temporary(store: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Give a file without a name of its own yet; it is gone at the end unless it got one."""
    unique = os.urandom(8).hex()
    folder = store / BLOBS / unique[:_FOLDER_DIGITS]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = folder / f".{unique}.{os.getpid()}"
    try:
        with open(temporary, "xb", opener=_private) as stream:
            yield stream, temporary
    finally:
        with suppress(OSError):
            temporary.unlink()


def _name(store: Path, stream: BinaryIO, temporary: Path, address: str) -> None:
    stream.flush()
    # Without it a power cut may leave a name with no content behind it.
    os.fsync(stream.fileno())
    file = path_of(store, address)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary.replace(file)


def get(store: Path, address: str) -> bytes:
    """Return the bytes behind an address.

    Raises
    ------
    NotFound
        If the store does not hold them.
    """
    try:
        return path_of(store, address).read_bytes()
    except FileNotFoundError:
        raise NotFound.named("kept content", address) from None


def size_of(store: Path, address: str) -> int | None:
    """Return how many bytes lie behind an address; None where the store has none."""
    try:
        return path_of(store, address).stat().st_size
    except FileNotFoundError:
        return None


def path_of(store: Path, address: str) -> Path:
    """Return the file of an address, which need not exist.

    Raises
    ------
    NotFound
        If the text is no address (it may come from a URL).
    """
    if len(address) != _ADDRESS_DIGITS or not set(address) <= set("0123456789abcdef"):
        raise NotFound.named("kept content", address)
    return store / BLOBS / address[:_FOLDER_DIGITS] / address[_FOLDER_DIGITS:]


def addresses(store: Path) -> Iterator[str]:
    """Yield the address of every blob of a store."""
    for file in (store / BLOBS).glob("??/*"):
        if not file.name.startswith("."):
            yield file.parent.name + file.name


def leftovers(store: Path) -> Iterator[Path]:
    """Yield the temporary files of blobs, which a kill in the middle leaves behind."""
    yield from (store / BLOBS).glob("??/.*")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
