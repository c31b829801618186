"""What a recipe keeps beyond the edges of the trail, one rule for each kind of hidden state.

Each rule looks at what is kept so far and yields (execution, reason) of what has to be
kept as well. The rules run until none of them adds anything.
"""

from __future__ import annotations

from collections.abc import Callable

from celltrail.lineage.recipes.recipe_code import cell_texts, own_magics, unseen_code
from celltrail.lineage.recipes.recipe_files import files_of_other_sessions, open_handles, processes
from celltrail.lineage.recipes.recipe_known import Kept, Known
from celltrail.lineage.recipes.recipe_names import deleted_names, half_seen, older_classes
from celltrail.lineage.recipes.recipe_settings import settings

Rule = Callable[[Known], Kept]

RULES: tuple[Rule, ...] = (
    settings,
    half_seen,
    older_classes,
    files_of_other_sessions,
    open_handles,
    unseen_code,
    processes,
    cell_texts,
    deleted_names,
    own_magics,
)
