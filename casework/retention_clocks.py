"""How long what is kept (domain 4.6): months by outcome, and a child's shorter ones."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from casework.choices import AgeBand, CaseState

DRAFT_DAYS = 30
CONSULTATION_DAYS = 30
RETURNED_DAYS = 30
MINORS = frozenset({AgeBand.UP_TO_10, AgeBand.FROM_11, AgeBand.FROM_16})

# (child, adult) months after the decision.
_MONTHS: Mapping[CaseState, tuple[int, int]] = MappingProxyType(
    {
        CaseState.SCREENED_OUT: (3, 6),
        CaseState.SIGNPOSTED: (6, 6),
        CaseState.EMERGENCY: (6, 6),
        CaseState.CRIMINAL_ROUTE: (6, 6),
        CaseState.CHILD_PROTECTION: (6, 6),
        CaseState.TRANSFERRED: (6, 6),
        CaseState.WITHDRAWN: (1, 1),
        CaseState.CONSULTATION_ENDED: (1, 1),
    }
)


def erase_due_on(outcome: CaseState, age_band: AgeBand, decided_on: date) -> date | None:
    """The day from which erasure is due; None while a case goes on.

    An unknown age counts as a child's: the shorter clock harms nobody.
    """
    months = _MONTHS.get(outcome)
    if months is None:
        return None
    child, adult = months
    is_child = age_band in MINORS or age_band is AgeBand.UNKNOWN
    return _add_months(decided_on, child if is_child else adult)


def _add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise ValueError("no such day")
