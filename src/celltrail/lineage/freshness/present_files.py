"""Files as they are now: whether one that a cell read has changed since, which no cell saw."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from celltrail.core.redaction import MARK
from celltrail.lineage.freshness.stale_report import Reason
from celltrail.store.files import hash_file
from celltrail.store.staleness_rows import ContentRow, HeadRow, UseRow

# What may be read to compare one file: a tenth of a second, while marks wait for it.
_MOST_BYTES = 256 << 20


def file_reason(use: UseRow, head: HeadRow, content: ContentRow, *, home: Path) -> Reason | None:
    """Return how a file now differs from what an execution read; None if it does not.

    Parameters
    ----------
    use : UseRow
        Of a name ``file:PATH`` that nobody in the trail has made since.
    head : HeadRow
        The execution that used it.
    content : ContentRow
        What it held then.
    home : Path
        The folder of the notebook, from which the trail's paths start.
    """
    path = use.name.removeprefix("file:")
    if MARK.search(path):  # the path held a secret: nobody knows it
        return None
    try:
        found = os.stat(home / path)  # noqa: PTH116 - the whole of it is needed
        if not stat.S_ISREG(found.st_mode):
            return None
        if max(found.st_mtime_ns, found.st_ctime_ns) // 1000 <= head.at:
            return None  # not touched since
        if content.digest is None or content.scope != "full" or found.st_size > _MOST_BYTES:
            sentence = f"{path} was written to since; its content was not compared"
            return Reason("unknown", sentence, use.name)
        digest = hash_file(home / path, now_ns=time.time_ns())
    except FileNotFoundError:
        return Reason("unknown", f"{path} is not there any more", use.name)
    except OSError as error:
        return Reason("unknown", f"{path} cannot be read now ({error.strerror})", use.name)
    if digest == f"ct1:{content.digest.hex()}":
        return None
    return Reason("stale", f"{path} has changed on disk since", use.name)
