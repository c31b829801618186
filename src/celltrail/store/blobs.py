"""Content-addressed files: one per content, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import xxhash

from celltrail.core.errors import NotFound
from celltrail.store.location import BLOBS

# xxh3-128, as in every ct1 digest: 20 times faster than sha256, and the address guards
# against accidents, not against an adversary (who could write the file as well).
_ADDRESS_DIGITS = 32
_FOLDER_DIGITS = 2


def put(store: Path, data: bytes) -> str:
    """Keep bytes and return their address; the same bytes are kept once.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    address = xxhash.xxh3_128_hexdigest(data)
    file = path_of(store, address)
    with suppress(FileNotFoundError):
        # A size that differs is what a power cut leaves; the file is then written again.
        if file.stat().st_size == len(data):
            return address
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with open(temporary, "xb", opener=_private) as stream:
            stream.write(data)
            stream.flush()
            # Without it a power cut may leave a name with no content behind it.
            os.fsync(stream.fileno())
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return address


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
