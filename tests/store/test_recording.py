"""The kernel's writer when all is well: what is written, what it costs, what it survives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from trail_writing import (
    NOW,
    Kernel,
    finish_record,
    finished,
    identifier,
    is_sound,
    rich_record,
    rows,
    start_record,
)

from celltrail.core.records import (
    DerivedRecord,
    EntityRecord,
    EnvironmentRecord,
    GeneratedRecord,
    MetricRecord,
    NotebookRecord,
    OutputRecord,
    ParamRecord,
    ProblemRecord,
    RunRecord,
    StepRecord,
    UsedRecord,
)


def test_nothing_is_made_before_the_first_cell(store: Path) -> None:
    kernel = Kernel(store)

    assert not store.exists()
    kernel.writer.close()
    assert not store.exists()


def test_a_cell_is_on_disk_as_running_until_it_is_finished(store: Path) -> None:
    kernel = Kernel(store)
    start = start_record(kernel.session.id, code="fit()")

    kernel.writer.begin(start)
    assert rows(store, "SELECT status, ended_at FROM execution") == [("running", None)]
    kernel.writer.finish(finish_record(start, status="error", error="ValueError: no"))

    assert rows(store, "SELECT status, ended_at, error FROM execution") == [
        ("error", NOW + 5, "ValueError: no")
    ]
    assert kernel.writer.state == "ok"
    assert kernel.said == []


def test_the_store_is_private_and_ignored_by_git(store: Path) -> None:
    Kernel(store).run()

    assert store.stat().st_mode & 0o777 == 0o700
    assert (store / ".gitignore").read_text() == "*\n"


def test_a_finish_without_a_begin_is_a_row(store: Path) -> None:
    kernel = Kernel(store)
    start = start_record(kernel.session.id)

    kernel.writer.finish(finish_record(start))

    assert finished(store) == {start.id: "ok"}


def test_every_part_of_a_record_is_written(store: Path) -> None:
    kernel = Kernel(store)
    source = kernel.run("raw = 1")
    start = start_record(kernel.session.id, cell_id="c1", run=identifier(), tags=("slow",))
    kernel.writer.begin(start)
    digest, column = "ct1:" + "ab" * 16, "ct1:" + "cd" * 16

    kernel.writer.finish(
        finish_record(
            start,
            notebook=NotebookRecord("12" * 16, "a/b.ipynb"),
            environment=EnvironmentRecord("e1", "3.11", "linux", {"numpy": "2"}, None, {"cpu": 2}),
            unseeded=("random",),
            opaque=("shell",),
            entities=(
                EntityRecord(
                    "frame", "DataFrame", digest, "full", 9, columns=(("a", "f8", column),)
                ),
                EntityRecord("value", "int", None, "unknown", lineage_digest="ct1:" + "ef" * 16),
            ),
            used=(UsedRecord("raw", 1, source, "static", "sampled-equal"),),
            generated=(GeneratedRecord("frame", 0, "mutated", "boundary"),),
            derived=(DerivedRecord(0, 1),),
            deleted=("old",),
            params=(
                ParamRecord("depth", 3, "int", "keyword", "Tree", 0, ("model",)),
                ParamRecord("rate", float("nan"), "float", "literal"),
                ParamRecord("huge", 10**400, "int", "literal"),
                ParamRecord("on", True, "bool", "literal"),
            ),
            metrics=(
                MetricRecord("loss", float("nan"), "call", "log_loss", 0, "m:model"),
                MetricRecord("gain", float("-inf"), "chain"),
            ),
            steps=(StepRecord(0, {"depth": 3}),),
            outputs=(OutputRecord("stream", "text/plain", "hi", None, 2, None, "stdout"),),
            tags={"team": "red"},
            problems=(ProblemRecord("files", "no", NOW),),
        )
    )

    where = "WHERE execution_id = 2"
    assert rows(store, f'SELECT name, source_id, evidence, "check" FROM used {where}') == [
        ("raw", 1, "static", "sampled-equal")
    ]
    assert rows(store, f"SELECT name, change, evidence FROM generated {where}") == [
        ("frame", "mutated", "boundary")
    ]
    assert rows(store, "SELECT position, name, dtype, hex(digest) FROM column_digest") == [
        (0, "a", "f8", "CD" * 16)
    ]
    assert rows(store, "SELECT count(*) FROM derived") == [(1,)]
    assert rows(store, "SELECT name FROM invalidated") == [("old",)]
    assert rows(store, "SELECT name, value, number, owner, reaches, step FROM param") == [
        ("depth", "3", 3.0, "Tree", '["model"]', 0),
        ("rate", '{"$float":"nan"}', None, None, None, None),
        ("huge", str(10**400), None, None, None, None),
        ("on", "true", None, None, None, None),
    ]
    assert rows(store, "SELECT name, kind, value, function, step, model FROM metric") == [
        ("loss", "nan", None, "log_loss", 0, "m:model"),
        ("gain", "-inf", None, None, None, None),
    ]
    assert rows(store, "SELECT n, variables FROM step") == [(0, '{"depth":3}')]
    assert rows(store, "SELECT kind, name, text, size FROM output") == [
        ("stream", "stdout", "hi", 2)
    ]
    assert sorted(rows(store, "SELECT target, key, value FROM tag")) == [
        (start.id, "slow", ""),
        (start.id, "team", "red"),
    ]
    assert rows(store, "SELECT place, message FROM problem") == [("files", "no")]
    assert rows(store, "SELECT unseeded, opaque FROM execution WHERE id = 2") == [
        ('["random"]', '["shell"]')
    ]
    assert rows(store, "SELECT path FROM notebook JOIN session ON notebook.id = notebook_id") == [
        ("a/b.ipynb",)
    ]
    assert rows(store, "SELECT count(*) FROM run_execution") == [(1,)]
    assert rows(store, "SELECT DISTINCT notebook_id FROM execution") == [(1,)]
    assert is_sound(store)


def test_the_same_content_is_one_entity_and_an_unknown_one_never_is(store: Path) -> None:
    kernel = Kernel(store)
    known = EntityRecord("value", "int", "ct1:" + "00" * 16, "full")
    unknown = EntityRecord("value", "object", None, "unknown")

    kernel.run(entities=(known, unknown), generated=(GeneratedRecord("x", 0, "created", "static"),))
    kernel.run(entities=(known, unknown), generated=(GeneratedRecord("x", 1, "created", "static"),))

    assert rows(store, "SELECT type, count(*) FROM entity GROUP BY type ORDER BY type") == [
        ("int", 1),
        ("object", 2),
    ]


def test_a_sampled_content_is_another_entity_than_the_full_one(store: Path) -> None:
    kernel = Kernel(store)

    for scope in ("full", "sampled"):
        kernel.run(entities=(EntityRecord("array", "ndarray", "ct1:" + "00" * 16, scope),))

    assert rows(store, "SELECT scope FROM entity ORDER BY id") == [("full",), ("sampled",)]


def test_a_source_that_this_store_does_not_know_is_null(store: Path) -> None:
    kernel = Kernel(store)

    kernel.run(
        entities=(EntityRecord("value", "int", "ct1:" + "00" * 16, "full"),),
        used=(UsedRecord("x", 0, identifier(), "static"),),
    )

    assert rows(store, "SELECT name, source_id FROM used") == [("x", None)]


def test_a_notebook_that_is_known_late_takes_the_session_s_cells_with_it(store: Path) -> None:
    kernel = Kernel(store)
    start = start_record(kernel.session.id, cell_id="c1")
    kernel.writer.begin(start)
    kernel.writer.finish(finish_record(start))
    notebook = NotebookRecord("12" * 16, "late.ipynb")

    kernel.writer.write(
        type(kernel.session)(kernel.session.id, "kernel", 1, NOW, notebook, "k1", "jupyter")
    )

    assert rows(
        store,
        "SELECT path, cell.name, kernel_id FROM execution JOIN notebook n ON n.id ="
        " execution.notebook_id JOIN cell ON cell.id = cell_id AND cell.notebook_id = n.id"
        " JOIN session ON session.id = session_id",
    ) == [("late.ipynb", "c1", "k1")]


def test_a_notebook_keeps_its_row_when_it_is_renamed(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run(notebook=NotebookRecord("12" * 16, "a.ipynb"))

    kernel.writer.write(NotebookRecord("12" * 16, "b.ipynb"))
    kernel.writer.write(NotebookRecord("12" * 16, None))

    assert rows(store, "SELECT path FROM notebook") == [("b.ipynb",)]


def test_a_run_that_is_known_after_its_executions_fills_its_row_in(store: Path) -> None:
    kernel = Kernel(store)
    run = identifier()
    kernel.run(run=run)

    kernel.writer.write(
        RunRecord(run, "night", "batch", NOW, NOW + 9, "ok", None, {"a": "b"}, {"n": 1})
    )

    assert rows(
        store,
        "SELECT run.name, run.kind, run.status, run.params, count(*) FROM run"
        " JOIN run_execution ON run_id = run.id",
    ) == [("night", "batch", "ok", '{"n":1}', 1)]
    assert rows(store, "SELECT target, value FROM tag") == [(run, "b")]


def test_metrics_make_a_result(store: Path) -> None:
    kernel = Kernel(store)
    start = start_record(kernel.session.id)

    kernel.writer.finish(rich_record(start))

    assert rows(store, "SELECT name, value FROM result_metric") == [("accuracy", 0.5)]
    assert kernel.writer.problems == []


def test_every_committed_write_is_one_change(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    before = rows(store, "SELECT max(seq) FROM changes")[0][0]

    kernel.run()

    assert rows(store, "SELECT kind, row_id FROM changes WHERE seq > ?", before) == [
        ("execution", 2),
        ("execution", 2),
    ]


def test_long_code_is_kept_as_a_file(store: Path) -> None:
    kernel = Kernel(store)
    code = "x = 1\n" * 20_000

    kernel.run(code)

    [(source, address)] = rows(store, "SELECT source, blob FROM code")
    assert source is None
    assert (store / "blobs" / address[:2] / address[2:]).read_text() == code


def test_text_that_is_no_unicode_is_kept_in_part_and_told(store: Path) -> None:
    kernel = Kernel(store)

    ran = kernel.run(outputs=(OutputRecord("stream", "text/plain", "half \ud800 pair", size=11),))

    assert finished(store) == {ran: "ok"}
    assert rows(store, "SELECT text FROM output") == [("half ? pair",)]
    [problem] = kernel.writer.problems
    assert "kept in part" in problem.message
    assert problem.execution == ran
    assert kernel.writer.state == "ok"


def test_a_record_that_contradicts_itself_keeps_its_execution(store: Path) -> None:
    kernel = Kernel(store)

    ran = kernel.run(used=(UsedRecord("x", 7, None, "static"),),
                     entities=(EntityRecord("value", "int", None, "unknown"),))  # fmt: skip

    assert finished(store) == {ran: "ok"}
    assert len(kernel.writer.problems) == 1


def test_the_end_of_a_session_is_written(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()

    kernel.writer.close()
    kernel.writer.close()

    assert rows(store, "SELECT ended_at IS NOT NULL FROM session") == [(1,)]
    assert list((store / "sessions").iterdir()) == []


def test_two_writers_of_one_process_see_each_other_s_rows(store: Path) -> None:
    one, other = Kernel(store), Kernel(store)
    source = one.run(entities=(EntityRecord("value", "int", "ct1:" + "00" * 16, "full"),))

    other.run(
        entities=(EntityRecord("value", "int", "ct1:" + "00" * 16, "full"),),
        used=(UsedRecord("x", 0, source, "declared"),),
    )

    assert rows(store, "SELECT source_id FROM used") == [(1,)]
    assert rows(store, "SELECT count(*) FROM entity") == [(1,)]


def test_a_store_that_is_removed_is_made_again_at_the_next_cell(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    shutil.rmtree(store)

    ran = kernel.run()

    assert finished(store) == {ran: "ok"}
    assert rows(store, "SELECT kind FROM session") == [("kernel",)]


def test_a_forked_child_records_nothing_and_leaves_the_parent_s_store_alone(
    store: Path, tmp_path: Path
) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from trail_writing import Kernel, finished
        from celltrail.store.sessions import is_alive
        store = Path(sys.argv[1])
        kernel = Kernel(store)
        kernel.run()
        child = os.fork()
        if not child:
            kernel.run("in the child")
            kernel.writer.put_blob(b"child")
            kernel.writer.close()
            sys.exit(0)  # not os._exit: finalisation must not close the connection either
        assert os.waitpid(child, 0)[1] == 0
        assert is_alive(store, kernel.session.id)
        kernel.run()
        assert len(finished(store)) == 2, finished(store)
        if not (child := os.fork()):
            os.dup2(os.open(os.devnull, os.O_RDWR), 1); os.dup2(1, 2)
            import time; time.sleep(20)  # a worker that outlives its kernel
            os._exit(0)
        print(kernel.session.id, child, flush=True)
        os.kill(os.getpid(), 9)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(store)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    session, child = done.stdout.split()

    from celltrail.store.sessions import is_alive

    alive = is_alive(store, session)
    os.kill(int(child), 9)  # raises if it is gone: then nothing was tested
    assert not alive, "an inherited descriptor keeps the dead kernel's lock"
    assert done.stderr == ""
    assert is_sound(store)


def test_importing_the_writer_loads_nothing_heavy() -> None:
    code = (
        "import sys, celltrail.store.recording;"
        "print([m for m in ('numpy', 'pandas', 'sqlite_utils', 'IPython') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
