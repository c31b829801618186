"""The copy's layout, the files in it, and who has to be asked, without a kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from celltrail.core.errors import UsageFault
from celltrail.pipeline.reproduction_consent import ask_first, reaching_out
from celltrail.pipeline.reproduction_folder import (
    Layout,
    fill,
    lay_out,
    needed_files,
    written_files,
)
from celltrail.pipeline.reproduction_run import kernel_environment, runnable
from celltrail.store.files import hash_file
from celltrail.store.traces import InputFile, Trace


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / "data" / "x.csv").write_text("a\n1\n")
    return folder


def trace(
    project: Path,
    row: int,
    code: str,
    *reads: InputFile,
    writes: str = "",
    notebook: str | None = "notebooks/a.ipynb",
    **facts: object,
) -> Trace:
    given: dict[str, object] = {
        "session": "s", "kernel": None, "cell": None, "count": row, "status": "ok", "error": None,
        "environment": None, "unseeded": (), "opaque": (), "made": (), "measured": (),
        "notebook": None if notebook is None else str(project / notebook),
        "written": frozenset(f"file:{path}" for path in writes.split()),
    }  # fmt: skip
    return Trace(row=row, id=f"{row:032x}", code=code, inputs=reads, **given | facts)  # type: ignore[arg-type]


def reads(path: str, digest: str | None = None, *, maker: int | None = None, **facts) -> InputFile:
    given = {"scope": "full", "size": 4} | facts
    return InputFile(f"file:{path}", digest, maker=maker, **given)


def layout_of(project: Path, *recipe: Trace) -> Layout:
    copy = project.parent / "copy"
    return lay_out(recipe, copy, store=project / ".celltrail", here=project)


def test_a_notebook_in_a_folder_runs_in_that_folder_of_the_copy(project: Path):
    one = trace(project, 1, "read('../data/x.csv')", reads(str(project / "data" / "x.csv")))
    layout = layout_of(project, one)

    fill(layout, needed_files([one], layout), [])

    assert layout.root == str(project)
    assert layout.working("s") == str(project.parent / "copy" / "notebooks")
    assert (Path(layout.working("s")) / "../data/x.csv").resolve() == project / "data" / "x.csv"


def test_the_working_folder_is_the_one_from_which_paths_lead_to_files(project: Path):
    """Under papermill it is not the notebook's."""
    one = trace(project, 1, "read('data/x.csv')", reads(str(project / "data" / "x.csv")))

    layout = layout_of(project, one)

    assert layout.homes["s"].working == str(project)
    assert layout.homes["s"].folder == str(project / "notebooks")


def test_a_session_without_a_notebook_ran_where_its_files_are(project: Path):
    (project / "notebooks" / "y.csv").write_text("a\n1\n")
    one = trace(project, 1, "read(name)", reads("y.csv"), notebook=None)

    layout = lay_out(
        [one], project.parent / "copy", store=project / ".celltrail", here=project / "notebooks"
    )

    assert layout.homes["s"].folder == str(project / "notebooks")


def test_a_folder_beside_the_project_that_code_reaches_is_beside_the_copy(project: Path):
    shared = project.parent / "shared"
    shared.mkdir()
    (shared / "x.csv").write_text("a\n")
    one = trace(project, 1, "read('../../shared/x.csv')", reads(str(shared / "x.csv")))
    layout = layout_of(project, one)

    in_place = fill(layout, needed_files([one], layout), [])

    assert layout.root == str(project.parent)
    assert in_place == []
    assert (Path(layout.working("s")) / "../../shared/x.csv").read_text() == "a\n"


def test_a_file_elsewhere_is_read_where_it_is(project: Path):
    one = trace(project, 1, "read(place)", reads(sys.executable))
    layout = layout_of(project, one)

    assert fill(layout, needed_files([one], layout), []) == [sys.executable]


def test_a_file_that_is_written_as_well_is_copied(project: Path):
    one = trace(project, 1, "grow('data/x.csv')", reads("data/x.csv"), writes="data/x.csv",
                notebook="a.ipynb")  # fmt: skip
    layout = layout_of(project, one)

    fill(layout, needed_files([one], layout), written_files([one], layout))

    copied = Path(layout.copy) / "data" / "x.csv"
    assert not copied.is_symlink()
    assert copied.read_text() == "a\n1\n"


def test_a_database_is_copied(project: Path):
    (project / "data" / "x.db").write_bytes(b"SQLite format 3\0 and more")
    one = trace(project, 1, "connect('data/x.db')", reads("data/x.db"), notebook="a.ipynb")
    layout = layout_of(project, one)

    fill(layout, needed_files([one], layout), [])

    assert not (Path(layout.copy) / "data" / "x.db").is_symlink()


def test_folders_of_written_files_are_there(project: Path):
    one = trace(project, 1, "write('out/deep/x.csv')", writes="out/deep/x.csv", notebook="a.ipynb")
    layout = layout_of(project, one)

    fill(layout, [], written_files([one], layout))

    assert (Path(layout.copy) / "out" / "deep").is_dir()


def test_what_the_recipe_makes_itself_is_not_needed(project: Path):
    make = trace(project, 1, "write", writes="made.csv other.csv", notebook="a.ipynb")
    use = trace(project, 2, "read", reads("made.csv", maker=1), reads("other.csv"),
                notebook="a.ipynb")  # fmt: skip

    assert needed_files([make, use], layout_of(project, make, use)) == []


def test_a_file_whose_maker_is_not_in_the_recipe_is_needed(project: Path):
    use = trace(project, 2, "read", reads("data/x.csv", maker=1), notebook="a.ipynb")

    (found,) = needed_files([use], layout_of(project, use))

    assert found.path == str(project / "data" / "x.csv")


@pytest.mark.parametrize(
    ("recorded", "is_changed"),
    [
        ({"digest": "now"}, False),
        ({"digest": "ct1:00"}, True),
        ({"digest": None}, False),
        ({"digest": "ct1:00", "scope": "metadata"}, False),
        ({"digest": "ct1:00", "scope": "metadata", "size": 5}, True),
    ],
)
def test_a_changed_file_is_known_by_its_digest_or_size(
    project: Path, recorded: dict, is_changed: bool
):
    if recorded["digest"] == "now":
        recorded["digest"] = hash_file(project / "data" / "x.csv", now_ns=time.time_ns())
    one = trace(project, 1, "read", reads("data/x.csv", **recorded), notebook="a.ipynb")

    (found,) = needed_files([one], layout_of(project, one))

    assert found.is_changed == is_changed


def test_a_missing_file_is_reported_and_not_linked(project: Path):
    one = trace(project, 1, "read", reads("data/gone.csv", "ct1:00"), notebook="a.ipynb")
    layout = layout_of(project, one)

    (found,) = needed_files([one], layout)
    fill(layout, [found], [])

    assert (found.present, found.is_changed) == (None, True)
    assert not os.path.lexists(Path(layout.copy) / "data" / "gone.csv")


# --- who has to be asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "facts", "reason"),
    [
        ("!ls", {"opaque": ("shell",)}, "uses the shell"),
        ("import subprocess", {"opaque": ("process",)}, "starts other programs"),
        ("read('https://example.org/x.csv')", {}, "reaches https://example.org/x.csv"),
        ("read(f's3://{bucket}/x')", {}, "reaches s3://"),
        ("write(place)", {"writes": "/srv/out.csv"}, "writes /srv/out.csv"),
    ],
)
def test_what_reaches_outside_is_listed(project: Path, code: str, facts: dict, reason: str):
    writes = facts.pop("writes", "")
    one = trace(project, 1, code, writes=writes, **facts)

    found = reaching_out([one], layout_of(project, one))

    assert [said for _, said in found] == [reason]


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("x = 1", {}),
        ("# from https://example.org", {}),
        ("fit()", {"opaque": ("process",)}),
        ("exec(code)", {"opaque": ("exec",)}),
        ("write('out.csv')", {"writes": "out.csv"}),
    ],
)
def test_what_stays_inside_is_not_listed(project: Path, code: str, facts: dict):
    writes = facts.pop("writes", "")
    one = trace(project, 1, code, writes=writes, notebook="a.ipynb", **facts)

    assert reaching_out([one], layout_of(project, one)) == []


def test_a_full_path_into_the_project_is_listed(project: Path):
    place = project / "out.csv"
    one = trace(project, 1, f"write('{place}')", writes="out.csv", notebook="a.ipynb")

    ((_, reason),) = reaching_out([one], layout_of(project, one))

    assert reason == f"writes {place} by its full path"


def test_the_question_lists_cells_and_says_how_to_agree(project: Path):
    one = trace(project, 7, "!rm -r build", opaque=("shell",))

    fault = ask_first([(one, "uses the shell")], "abcd1234")

    assert isinstance(fault, UsageFault)
    assert "In [7] 00000007  uses the shell: !rm -r build" in fault.fact
    assert "--yes" in str(fault.hint)


# --- the process --------------------------------------------------------------------------------


def test_the_kernel_is_told_the_store_and_the_run_and_nothing_of_who_asks(tmp_path: Path):
    environ = {"PATH": "/bin", "JPY_SESSION_NAME": "a.ipynb", "CELLTRAIL": "off", "TOKEN": "t"}

    found = kernel_environment(
        environ, store=tmp_path / ".celltrail", run="a" * 32, temporary=tmp_path
    )

    assert (found["PATH"], found["TOKEN"]) == ("/bin", "t")
    assert found["CELLTRAIL"] == "on"
    assert found["CELLTRAIL_STORE"] == str(tmp_path / ".celltrail")
    assert '"kind": "reproduce"' in found["CELLTRAIL_RUN"]
    assert "JPY_SESSION_NAME" not in found


def test_redacted_literals_are_read_from_the_environment():
    code = runnable("password = '‹redacted:password›'\nopen(password)")
    scope: dict[str, object] = {"open": str}
    os.environ["PASSWORD"] = "given"
    try:
        exec(code, scope)
    finally:
        del os.environ["PASSWORD"]

    assert scope["password"] == "given"


GUARDED = """
import os, sqlite3, socket, sys, tempfile
from celltrail.pipeline.reproduction_guard import install
copy, scratch, project, store = sys.argv[1:5]
os.chdir(copy)
install(copy, scratch, project, store)
try:
    {code}
except PermissionError as error:
    print("refused", error)
else:
    print("allowed")
"""


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("open('x.txt', 'w')", "allowed"),
        ("open(os.path.join(scratch, 'x.txt'), 'w')", "allowed"),
        ("open(os.path.join(store, 'x.db'), 'w')", "allowed"),
        ("open(os.path.join(project, 'data/x.csv'))", "allowed"),
        ("open(os.devnull, 'w')", "allowed"),
        ("os.makedirs(os.path.join(project, 'data'), exist_ok=True)", "allowed"),
        ("socket.create_connection(('127.0.0.1', 9), 1)", "ConnectionRefusedError"),
        ("open(os.path.join(project, 'new.txt'), 'w')", "refused"),
        ("open(os.path.join(project, 'data/x.csv'), 'r+')", "refused"),
        ("open('linked.csv', 'a')", "refused"),
        ("open('/new.txt', 'w')", "refused"),
        ("os.remove(os.path.join(project, 'data/x.csv'))", "refused"),
        ("os.rename('x', os.path.join(project, 'y'))", "refused"),
        ("os.mkdir(os.path.join(project, 'new'))", "refused"),
        ("socket.create_connection(('192.0.2.1', 80), 1)", "refused"),
        ("socket.getaddrinfo('example.org', 80)", "refused"),
    ],
)
def test_the_guard_keeps_writes_in_the_copy(project: Path, code: str, answer: str):
    folders = [project.parent / name for name in ("copy", "scratch", "project", "store")]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    (folders[0] / "linked.csv").symlink_to(project / "data" / "x.csv")

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(GUARDED.format(code=code)), *map(str, folders)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer in done.stdout + done.stderr
    assert (project / "data" / "x.csv").read_text() == "a\n1\n"
