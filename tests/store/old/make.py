"""Make the small store of the newest release that tests upgrade: `python make.py`.

Run once per migration, with the version that releases it; the file is never made again
after that release. Twelve executions write into every table that capture fills.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from trail_writing import Kernel, finish_record, rich_record, start_record  # noqa: E402

from celltrail.core.records import NotebookRecord, OutputRecord, ProblemRecord  # noqa: E402
from celltrail.store.schema import SCRIPTS  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / ".celltrail"
        kernel = Kernel(store, notebook=NotebookRecord("ab" * 16, "old.ipynb"))
        last = None
        for n in range(12):
            start = start_record(kernel.session.id, code=f"x = {n % 5}", cell_id=f"c{n % 3}")
            kernel.writer.begin(start)
            record = rich_record(start, last)
            if n % 4 == 3:
                output = OutputRecord("stream", "text/plain", f"line {n}\n", size=8, name="stdout")
                record = finish_record(start, status="error", error="ValueError: no",
                                       outputs=(output,), tags={"n": str(n)})  # fmt: skip
            kernel.writer.finish(record)
            last = start.id
        kernel.writer.write(ProblemRecord("files", "unreadable", start.started_at))
        kernel.writer.close()
        with contextlib.closing(sqlite3.connect(store / "trail.db")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # one file
            connection.execute("VACUUM")
        shutil.copy(store / "trail.db", HERE / f"{SCRIPTS[-1][0]}.db")


if __name__ == "__main__":
    main()
