"""Content digests of files on disk, as fast as they can be read."""

from __future__ import annotations

import mmap
import os
import stat
import threading
from collections import OrderedDict

import xxhash

# Stays in the second-level cache between read and hash. Mapping the file would save the
# copy, but a file that another process cuts short then kills the kernel with SIGBUS.
_BLOCK_BYTES = 1 << 18
# A file changed this recently may change again within the same time stamp.
_SETTLED_NS = 2_000_000_000
_REMEMBERED = 4096

_Key = tuple[int, int, int, int, int]


class FileDigests:
    """Digests of files by what the file system says about them, so none is read twice.

    The cache key is (device, inode, size, mtime, ctime); a time stamp under two
    seconds old is not trusted, because a second write may have the same one.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, str] = OrderedDict()
        self._buffer = memoryview(mmap.mmap(-1, _BLOCK_BYTES))  # page-aligned, reused
        self._guard = threading.Lock()

    def hash_file(self, path: str | os.PathLike[str], *, now_ns: int) -> str:
        """Return the digest of a regular file's bytes as ``ct1:`` and 32 digits.

        Parameters
        ----------
        path : path-like
            The file; links are followed.
        now_ns : int
            The present time, in nanoseconds since 1970.

        Raises
        ------
        OSError
            If the file cannot be read, or is not a regular one (a pipe would be
            emptied, a device might never end).
        """
        with self._guard:
            key = _key(os.stat(path))  # noqa: PTH116 - no Path is made on a hit
            known = self._known.get(key)
            if known is not None and _settled(key, now_ns):
                self._known.move_to_end(key)
                return known
            digest, after = self._read(path)
            if after == key and _settled(key, now_ns):
                self._known[key] = digest
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return digest

    def _read(self, path: str | os.PathLike[str]) -> tuple[str, _Key]:
        # O_NONBLOCK: opening a named pipe that took the file's place would wait forever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(f"{os.fspath(path)} is not a regular file")
            state, buffer = xxhash.xxh3_128(), self._buffer
            while count := os.readv(descriptor, [buffer]):
                state.update(buffer if count == _BLOCK_BYTES else buffer[:count])
            return f"ct1:{state.hexdigest()}", _key(os.fstat(descriptor))
        finally:
            os.close(descriptor)


def hash_file(path: str | os.PathLike[str], *, now_ns: int) -> str:
    """Return the digest of a file through one cache that the process shares.

    Raises
    ------
    OSError
        As `FileDigests.hash_file`.
    """
    return _shared.hash_file(path, now_ns=now_ns)


def _key(found: os.stat_result) -> _Key:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _settled(key: _Key, now_ns: int) -> bool:
    # ctime as well: `touch -d` and `cp -p` set mtime back, nothing sets ctime back.
    return now_ns - max(key[3], key[4]) >= _SETTLED_NS


_shared = FileDigests()
