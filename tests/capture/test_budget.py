"""The account: it starts with 20 ms, earns 2 % and pays at most 20 ms a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celltrail.capture.budget import Account
from celltrail.settings import Settings


def test_it_starts_with_what_the_settings_say() -> None:
    account = Account(Settings())

    assert account.affords(0.020)
    assert not account.affords(0.021)


def test_it_earns_a_share_of_the_cells_time() -> None:
    account = Account(Settings(budget_start_seconds=0.0))
    account.earn(0.5)  # 2 % of half a second

    assert account.affords(0.0099)
    assert not account.affords(0.0101)


def test_a_cell_gets_no_more_than_its_share_of_a_full_account() -> None:
    account = Account(Settings())
    account.earn(10.0)

    assert account.balance == pytest.approx(0.22)
    account.pay(0.015)
    assert account.affords(0.004)
    assert not account.affords(0.006)

    account.earn(0.0)
    assert account.affords(0.020)


def test_an_idle_night_buys_one_second() -> None:
    account = Account(Settings())
    account.earn(36_000.0)

    assert account.balance == 1.0


def test_a_debt_is_paid_off_first() -> None:
    account = Account(Settings())
    account.pay(0.120)
    account.earn(1.0)
    assert not account.affords(0.0)

    account.earn(5.0)
    assert account.affords(0.0199)


def test_exact_affords_everything() -> None:
    account = Account(Settings(exact=True))
    account.pay(1000.0)

    assert account.affords(1e9)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1)), max_size=30))
def test_what_is_spent_never_exceeds_what_was_earned(cells) -> None:
    """Whoever asks before paying stays within 20 ms and 2 % of all time."""
    account = Account(Settings())
    spent = earned = 0.0
    for seconds, wish in cells:
        if account.affords(wish):
            account.pay(wish)
            spent += wish
            assert account.spent_in_cell <= 0.020 + 1e-9
        account.earn(seconds)
        earned += seconds * 0.02

    assert spent <= 0.020 + earned + 1e-9
