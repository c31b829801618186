"""The account that digests and profiles are paid from."""

from __future__ import annotations

from dataclasses import dataclass

from celltrail.settings import Settings


@dataclass(slots=True)
class Account:
    """Seconds that capture may still spend; earns a share of the user's cell time.

    The balance may not exceed one second, so that an idle night does not buy a
    slow morning.
    """

    settings: Settings
    balance: float = 0.0
    spent_in_cell: float = 0.0
    ceiling: float = 1.0

    def __post_init__(self) -> None:
        self.balance = self.settings.budget_start_seconds

    def earn(self, cell_seconds: float) -> None:
        """Credit a finished cell and open the next one."""
        self.balance = min(
            self.ceiling, self.balance + cell_seconds * self.settings.budget_fraction
        )
        self.spent_in_cell = 0.0

    def affords(self, seconds: float) -> bool:
        """Whether `seconds` may be spent now (always with ``exact``)."""
        if self.settings.exact:
            return True
        left = self.settings.budget_cell_seconds - self.spent_in_cell
        return seconds <= min(left, self.balance)

    def pay(self, seconds: float) -> None:
        """Debit what was really spent."""
        self.balance -= seconds
        self.spent_in_cell += seconds
