"""Files that a reproduction makes again belong to who made them first."""

from __future__ import annotations

from pathlib import Path

import pytest
from trail_writing import NOW, Kernel, identifier, rows

from celltrail.core.records import EntityRecord, GeneratedRecord, RunRecord, UsedRecord

FILE = EntityRecord("file", "file", f"ct1:{7:032x}", "full", 3)
WRITES = {
    "entities": (FILE,),
    "generated": (GeneratedRecord("file:out.csv", 0, "written", "audit"),),
}
READS = {"entities": (FILE,), "used": (UsedRecord("file:out.csv", 0, None, "audit"),)}


@pytest.mark.parametrize("kind", ["reproduce", "batch"])
def test_a_file_read_later_comes_from_the_last_session_that_is_no_reproduction(
    store: Path, kind: str
):
    first = Kernel(store).run("write", **WRITES)
    again = Kernel(store)
    run = identifier()
    again.writer.write(RunRecord(run, None, kind, NOW))
    repeated = again.run("write", run=run, **WRITES)

    Kernel(store).run("read", **READS)

    (source,) = rows(
        store,
        "SELECT lower(hex(maker.uuid)) FROM used JOIN execution AS maker ON maker.id = source_id",
    )
    assert source == (first if kind == "reproduce" else repeated,)
