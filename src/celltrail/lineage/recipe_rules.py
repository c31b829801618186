"""What a recipe keeps beyond the edges of the trail, one rule for each kind of hidden state.

Each rule looks at what is kept so far and yields (execution, reason) of what has to be
kept as well. The rules run until none of them adds anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from celltrail.core.cell_text import (
    input_numbers,
    is_display_only,
    keeps_text,
    magics,
    words,
)
from celltrail.lineage.recipe_known import Known
from celltrail.store import recipe_rows
from celltrail.store.recipe_rows import Ran, Use

Kept = Iterator[tuple[int, str]]
Rule = Callable[[Known], Kept]

_PLOTS = frozenset({"plot", "hist", "boxplot", "savefig", "figure", "subplots", "scatter"})
_TEXT_OF_DATES = frozenset(
    {"locale", "strftime", "strptime", "strxfrm", "strcoll", "day_name", "month_name", "calendar"}
)
_HANDLING = frozenset({"try", "except", "catch_warnings", "warnings", "showwarning"})
_FOLDERS = frozenset({"getcwd", "cwd", "listdir", "glob", "rglob", "scandir", "walk", "abspath",
                      "resolve", "absolute", "exists"})  # fmt: skip
_ALL_VARIABLES = frozenset({"environ", "getenv", "environb", "expandvars"})
# Variables that libraries and the interpreter read without a cell naming them.
_READ_BY_ALL = re.compile(r"^(TZ|LANG|LC_\w+|PATH|PYTHON\w*|HOME|TMPDIR|TEMP|\w*NUM_THREADS)$")
_DYNAMIC = re.compile(r"(?<![\w.])(?:globals|locals|vars|eval|exec)\s*\(|\buser_ns\b|\b__main__\b")
_UNSEEN_CODE = frozenset({"exec", "run"})
_PROCESSES = frozenset({"shell", "process"})
_SCRIPT = re.compile(r"[\w./-]+\.(?:py|sh|R|jl|pl|rb|js)\b")
_GLOB = re.compile(r"\*\.(\w+)")
_ATTRIBUTE_SET = re.compile(r"\.(\w+)\s*=(?!=)|setattr\([^,]+,\s*[\"'](\w+)[\"']")
_MAGIC_MAKERS = (
    "register_line_magic", "register_cell_magic", "register_line_cell_magic", "register_magic",
    "load_ext", "alias_magic", "%macro", "%alias", "magics_class",
)  # fmt: skip
_BUILTIN_MAGICS = frozenset(
    "alias alias_magic autoawait autocall automagic autosave bookmark cd code_wrap colors conda"
    " config connect_info cat cp debug dhist dirs doctest_mode ed edit env gui hist history"
    " killbgscripts ldir less lf lk ll load load_ext loadpy logoff logon logstart logstate logstop"
    " ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv notebook page"
    " pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource"
    " pushd pwd"
    " pycat pylab qtconsole quickref recall rehashx reload_ext rep rerun reset reset_selective rm"
    " rmdir run save sc set_env store sx system tb time timeit unalias unload_ext uv who who_ls"
    " whos xdel xmode capture html javascript js latex markdown perl pypy python python2 python3"
    " ruby script sh svg bash writefile file mlops".split()
)


def settings(known: Known) -> Kept:
    """Options of libraries, patched modules, the folder, variables of the environment."""
    for session in list(known.sessions):
        last: dict[tuple[str, str], int] = {}
        for made in reversed(known.state(session)):
            row, name = made.execution, made.name
            if row in known.kept or name.startswith("file:"):
                continue
            key = (name, _variant(known, name, row))
            if key not in last:
                depends = _dependent(known, name, row)
                # Only an answer that holds for earlier changes too may be remembered.
                last[key] = -1 if depends is None else known.place[depends]
            if known.place[row] < last[key]:
                user = known.sessions[session][last[key]].row
                yield row, f"{_deed(name)}, before {known.title(user)}"


def _variant(known: Known, name: str, row: int) -> str:
    """What the answer depends on besides the name of the state."""
    code = known.short_code(known.runs[row])
    if name == "ambient:pandas.options":
        return "display" if is_display_only(code) else ""
    return code if name.startswith(("ambient:module.", "ambient:import.")) else ""


def _deed(name: str) -> str:
    kind, _, rest = name.partition(":")
    if kind == "environ":
        return f"sets the environment variable {rest}"
    if kind == "folder":
        return f"makes the folder {rest}"
    if rest == "cwd":
        return "changes the working folder"
    part, _, library = rest.partition(".")
    if part in {"module", "display"}:
        return f"changes how {library} works"
    return f"imports {library}" if part == "import" else f"changes {rest}"


def _dependent(known: Known, name: str, row: int) -> int | None:
    """The last kept execution of the session that may depend on a piece of state."""
    test = _test(known, name, row)
    session = known.kept_in.get(known.runs[row].session, [])
    return next((user for user in reversed(session) if user != row and test(user)), None)


def _test(known: Known, name: str, row: int) -> Callable[[int], bool]:
    kind, _, rest = name.partition(":")
    if kind == "environ":
        return lambda user: _reads_variable(known, user, rest)
    if kind == "folder":
        return lambda user: _works_in(known, user, rest)
    if rest == "cwd":
        return lambda user: bool(
            known.files(user)
            or known.opaque(user) & (_PROCESSES | _UNSEEN_CODE)
            or words(known.code(user)) & _FOLDERS
        )
    if rest == "matplotlib.rcParams":
        return lambda user: bool(
            known.involves(user, "matplotlib")
            or known.involves(user, "seaborn")
            or words(known.code(user)) & _PLOTS
        )
    if rest == "pandas.options":
        looks = is_display_only(known.short_code(known.runs[row]))
        return lambda user: (
            known.involves(user, "pandas")
            and (not looks or keeps_text(known.code(user)) or _reads_options(known, user))
        )
    part, _, library = rest.partition(".")
    if part == "display":
        return lambda user: known.involves(user, library) and keeps_text(known.code(user))
    return _module_test(known, library, known.short_code(known.runs[row]))


def _reads_options(known: Known, user: int) -> bool:
    return bool(words(known.code(user)) & {"get_option", "options", "option_context"})


def _module_test(known: Known, library: str, code: str) -> Callable[[int], bool]:
    if library == "warnings":
        if "error" not in code:  # a warning that is not shown changes nothing else
            return lambda user: "catch_warnings" in words(known.code(user))
        return lambda user: bool(words(known.code(user)) & _HANDLING)
    if library == "locale":
        return lambda user: bool(words(known.code(user)) & _TEXT_OF_DATES)
    if library == "sys":
        return lambda user: bool(words(known.code(user)) & {"sys", "import"})
    patched = {name for pair in _ATTRIBUTE_SET.findall(code) for name in pair if name}
    root = library.partition(".")[0]
    return lambda user: (
        known.involves(user, root) or not patched.isdisjoint(words(known.code(user)))
    )


def _reads_variable(known: Known, user: int, name: str) -> bool:
    code = known.code(user)
    found = words(code)
    if name in found or known.opaque(user) & _PROCESSES:
        return True
    # ``os.environ[key]`` may be any; where every key is a text, it is not this one.
    if found & _ALL_VARIABLES and re.search(
        r"environ\b(?!\s*\[\s*[\"']|\.get\(\s*[\"'])|getenv\((?!\s*[\"'])|expandvars", code
    ):
        return True
    if _READ_BY_ALL.match(name):
        return True
    return any(
        name.upper().startswith(f"{package.upper()}_") and known.involves(user, package)
        for package in {*known.packages, *known.types[user]}
    )


def _works_in(known: Known, user: int, folder: str) -> bool:
    prefix = folder.rstrip("/") + "/"
    if any(path.startswith(prefix) for path in known.files(user)):
        return True
    return PurePath(folder).name in words(known.code(user))


def half_seen(known: Known) -> Kept:
    """Large data of which only a sample was compared: what used it may have changed it."""
    wanted: dict[tuple[str, int], int] = {}
    for use in known.uses:
        if use.source is not None and ":" not in use.name:
            key = (use.name, use.source)
            if key not in wanted or known.at(use.execution) > known.at(wanted[key]):
                wanted[key] = use.execution
    for row, name, source in recipe_rows.half_seen(known.connection, known.kept):
        user = wanted.get((name, source))
        if user is not None and row in known.runs and known.is_before(row, user):
            yield row, f"may change {name}, of which only a sample was compared"


def files_of_other_sessions(known: Known) -> Kept:
    """Files that were read here and written by a cell that no edge joins."""
    reads = [use for use in known.uses if use.source is None and use.name.startswith("file:")]
    if not reads:
        return
    for reader, writer in recipe_rows.writers(known.connection, reads):
        if reader == writer:
            continue
        known.file_edges.add((reader, writer))
        names = ", ".join(
            sorted(use.name.removeprefix("file:") for use in reads if use.execution == reader)
        )
        yield writer, f"writes {names}, read by {known.title(reader)}"


def open_handles(known: Known) -> Kept:
    """Files that were written through a handle after the cell that opened them."""
    for session in list(known.sessions):
        last: dict[str, list[int]] = {}
        for made in known.state(session):
            if made.name.startswith("file:"):
                last.setdefault(made.name, []).append(made.execution)
        for use in known.uses:
            if (
                use.source is not None
                or use.name not in last
                or (known.runs[use.execution].session != session)
            ):
                continue
            opened = [row for row in last[use.name] if known.is_before(row, use.execution)]
            if not opened:
                continue
            path = use.name.removeprefix("file:")
            yield opened[-1], f"opens {path}, read by {known.title(use.execution)}"
            names = {name for row, name in known.handles(session) if row == opened[-1]}
            for row, name in known.handles(session):
                between = known.is_before(opened[-1], row) and known.is_before(row, use.execution)
                if name in names and between:
                    yield row, f"writes {path} through {name}, read by {known.title(use.execution)}"


def unseen_code(known: Known) -> Kept:
    """Code that runs from texts and files: what it may read, and what it may have changed."""
    for session in list(known.sessions):
        for row in known.kept_in.get(session, []):
            if known.opaque(row) & _UNSEEN_CODE or _DYNAMIC.search(known.code(row)):
                yield from _may_read(known, known.runs[row], session)
        for run in known.opaque_runs[session]:
            if run.row not in known.kept and known.opaque(run.row) & _UNSEEN_CODE:
                yield from _may_change(known, run)


def _may_read(known: Known, run: Ran, session: int) -> Kept:
    own = [use for use in known.uses if use.execution == run.row]
    found = _words_run(known, run, own)
    starts = tuple(word for word in found if len(word) > 2 and word.endswith("_"))
    for name, makers in known.makers(session).items():
        if name not in found and not (starts and name.startswith(starts)):
            continue
        earlier = [row for row in makers if known.place[row] < known.place[run.row]]
        if earlier:
            yield earlier[-1], f"makes {name}, which code run by {known.title(run.row)} may read"


def _words_run(known: Known, run: Ran, own: list[Use]) -> frozenset[str]:
    """Words of a cell's code, and of the cells that made the texts and files it may run."""
    texts = [known.short_code(run)]
    texts += [
        known.code(use.source)
        for use in own
        if use.source in known.runs and (use.type == "str" or use.name.startswith("file:"))
    ]
    return frozenset().union(*map(words, texts))


def _may_change(known: Known, run: Ran) -> Kept:
    own = recipe_rows.uses(known.connection, [run.row])
    # What the cell was seen to read was compared, and a change of it is an edge.
    found = _words_run(known, run, own) - {use.name for use in own}
    for use in known.uses:
        if use.name not in found or use.source is None or use.source not in known.runs:
            continue
        if known.is_before(use.source, run.row) and known.is_before(run.row, use.execution):
            yield run.row, f"runs code that may change {use.name}"
            return


def processes(known: Known) -> Kept:
    """Shell lines and other processes, whose files nobody saw."""
    for session, runs in list(known.opaque_runs.items()):
        for run in runs:
            if not known.opaque(run.row) & _PROCESSES:
                continue
            if run.row in known.kept:
                yield from _files_before(known, run, session)
            elif not known.installs(run):
                reader = _reader_of(known, run)
                if reader is not None:
                    yield (
                        run.row,
                        f"runs a shell that may have made what {known.title(reader)} reads",
                    )


def _files_before(known: Known, run: Ran, session: int) -> Kept:
    code = known.code(run.row)
    everything = bool(_SCRIPT.search(code))
    last: dict[str, int] = {}
    for made in known.state(session):
        if made.name.startswith("file:") and known.place[made.execution] < known.place[run.row]:
            last[made.name.removeprefix("file:")] = made.execution
    for path, row in last.items():
        if everything or _mentions(code, path):
            yield row, f"writes {path}, which {known.title(run.row)} may read"


def _reader_of(known: Known, run: Ran) -> int | None:
    """A kept execution that worked with a file this shell line may have made or changed."""
    code = known.short_code(run)
    is_script = bool(_SCRIPT.search(code))
    for row in known.after(run.row):
        unmade = {
            use.name.removeprefix("file:")
            for use in known.uses
            if use.execution == row and use.source is None and use.name.startswith("file:")
        }
        if unmade and is_script:
            return row
        if any(_mentions(code, path) for path in unmade):
            return row
        # Where it writes, the folder has to be there.
        if any(PurePath(path).parent.name in words(code) for path in known.files(row) - unmade):
            return row
    return None


def _mentions(code: str, path: str) -> bool:
    pure = PurePath(path)
    if pure.name in code or (pure.parent.name and pure.parent.name in words(code)):
        return True
    return any(pure.suffix == f".{ending}" for ending in _GLOB.findall(code))


def cell_texts(known: Known) -> Kept:
    """The text of an earlier cell, read as ``In[7]`` or ``_i7``."""
    for session in list(known.sessions):
        for row in known.kept_in.get(session, []):
            for number in input_numbers(known.code(row)):
                earlier = [
                    run.row
                    for run in known.sessions[session][: known.place[row]]
                    if run.number == number
                ]
                if earlier:
                    yield earlier[-1], f"its text is read by {known.title(row)}"


def deleted_names(known: Known) -> Kept:
    """A name that was deleted, and after which the builtin or the lack of it was meant."""
    for session in list(known.sessions):
        for row, name in known.deleted(session):
            if row in known.kept:
                continue
            makers = known.makers(session).get(name, [])
            places = [known.place[maker] for maker in makers if maker in known.kept]
            if not any(place < known.place[row] for place in places):
                continue
            for user in known.after(row):
                between = any(known.place[row] < place <= known.place[user] for place in places)
                if not between and name in words(known.code(user)):
                    if name not in known.used_names[user]:
                        yield row, f"deletes {name}, which {known.title(user)} takes from elsewhere"
                    break


def own_magics(known: Known) -> Kept:
    """Magics that the notebook defines or loads."""
    for session in list(known.sessions):
        wanted: dict[str, int] = {}
        for row in known.kept_in.get(session, []):
            if "%" in known.code(row):
                wanted.update(dict.fromkeys(magics(known.code(row)) - _BUILTIN_MAGICS, row))
        if not wanted:
            continue
        for row, word in recipe_rows.saying(known.connection, session, _MAGIC_MAKERS):
            found = words(known.short_code(known.runs[row]))
            for magic, user in wanted.items():
                is_its = word in {"load_ext", "magics_class"} or magic in found
                if is_its and known.place[row] < known.place[user]:
                    yield row, f"defines the magic %{magic}, used by {known.title(user)}"


RULES: tuple[Rule, ...] = (
    settings,
    half_seen,
    files_of_other_sessions,
    open_handles,
    unseen_code,
    processes,
    cell_texts,
    deleted_names,
    own_magics,
)
