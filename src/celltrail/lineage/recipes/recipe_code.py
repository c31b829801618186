"""What a recipe keeps for code that stands elsewhere: in texts, files, earlier cells and magics."""

from __future__ import annotations

import re

from celltrail.core.cell_text import input_numbers, magics, words
from celltrail.lineage.recipes.recipe_known import UNSEEN_CODE, Kept, Known
from celltrail.store import recipe_rows
from celltrail.store.recipe_rows import Use

_DYNAMIC = re.compile(r"(?<![\w.])(?:globals|locals|vars|eval|exec)\s*\(|\buser_ns\b|\b__main__\b")
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


def unseen_code(known: Known) -> Kept:
    """Code that runs from texts and files: what it may read, and what it may have changed."""
    for session in list(known.sessions):
        for row in known.kept_in.get(session, []):
            if known.opaque(row) & UNSEEN_CODE or _DYNAMIC.search(known.code(row)):
                yield from _may_read(known, row, session)
        known.load(known.opaque_rows[session])
        for row in known.opaque_rows[session]:
            if row not in known.kept and known.opaque(row) & UNSEEN_CODE:
                yield from _may_change(known, row)


def _may_read(known: Known, row: int, session: int) -> Kept:
    own = [use for use in known.uses if use.execution == row]
    found = _words_run(known, row, own)
    starts = tuple(word for word in found if len(word) > 2 and word.endswith("_"))
    for name, makers in known.makers(session).items():
        if name not in found and not (starts and name.startswith(starts)):
            continue
        earlier = [maker for maker in makers if known.place[maker] < known.place[row]]
        if earlier:
            yield earlier[-1], f"makes {name}, which code run by {known.title(row)} may read"


def _words_run(known: Known, row: int, own: list[Use]) -> frozenset[str]:
    """Words of a cell's code, and of the cells that made the texts and files it may run."""
    texts = [known.short_code(row)]
    texts += [
        known.code(use.source)
        for use in own
        if use.source in known.place and (use.type == "str" or use.name.startswith("file:"))
    ]
    return frozenset().union(*map(words, texts))


def _may_change(known: Known, row: int) -> Kept:
    own = recipe_rows.uses(known.connection, [row])
    # What the cell was seen to read was compared, and a change of it is an edge.
    found = _words_run(known, row, own) - {use.name for use in own}
    for use in known.uses:
        if use.name not in found or use.source is None or use.source not in known.place:
            continue
        if known.is_before(use.source, row) and known.is_before(row, use.execution):
            yield row, f"runs code that may change {use.name}"
            return


def cell_texts(known: Known) -> Kept:
    """The text of an earlier cell, read as ``In[7]`` or ``_i7``."""
    for session in list(known.sessions):
        for row in known.kept_in.get(session, []):
            for number in input_numbers(known.code(row)):
                same = recipe_rows.numbered(known.connection, session, number)
                earlier = [other for other in same if known.place[other] < known.place[row]]
                if earlier:
                    yield earlier[-1], f"its text is read by {known.title(row)}"


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
            found = words(known.short_code(row))
            for magic, user in wanted.items():
                is_its = word in {"load_ext", "magics_class"} or magic in found
                if is_its and known.place[row] < known.place[user]:
                    yield row, f"defines the magic %{magic}, used by {known.title(user)}"
