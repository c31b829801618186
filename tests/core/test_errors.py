from __future__ import annotations

import pickle

import pytest

from celltrail.core import errors
from celltrail.core.errors import CelltrailError, NotFound, StoreFull, StoreLocked, UsageFault


def test_an_error_reads_as_a_fact_and_a_hint() -> None:
    assert str(StoreFull.at("trail.db", "disk full")) == (
        "The disk took no more for trail.db (disk full).\n\n"
        "Hint: free some space or raise the quota; `celltrail gc` removes what nothing refers to."
    )


def test_an_error_without_a_hint_is_its_fact() -> None:
    assert str(CelltrailError("It rains.")) == "It rains."


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("acuracy", "did you mean accuracy?"), ("zzz", "choose from accuracy, loss.")],
)
def test_an_unknown_name_is_met_with_near_ones_or_the_choices(wanted: str, hint: str) -> None:
    error = NotFound.named("metric", wanted, ["loss", "accuracy"])

    assert error.fact == f"There is no metric {wanted!r}."
    assert error.hint == hint


def test_many_choices_are_cut() -> None:
    error = UsageFault.unknown("column", "?", [f"column{n}" for n in range(20)])

    assert error.hint is not None
    assert error.hint.endswith("and 12 more.")


def test_an_error_survives_the_way_home_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(StoreLocked.waited("trail.db", 0.05)))

    assert type(error) is StoreLocked
    assert "0.05 s" in str(error)


def test_every_error_has_its_own_code() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, CelltrailError)
    ]

    assert len({kind.code for kind in kinds}) == len(kinds) > 8
