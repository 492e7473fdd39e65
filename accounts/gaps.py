"""Days on which nobody who holds an agency's key is there: pure, from hats and planned leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# Somebody is told this many days before a hat ends.
STAGES = (14, 30, 60)
# So far ahead a gap is looked for, and so long before it begins it is told.
LOOK_AHEAD_DAYS = 60
TOLD_DAYS_BEFORE = 14
# One holder who is ill or loses the phrase must not be the only one.
FEWEST_HOLDERS = 2
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """From a first to a last day, both included; without a last day it does not end."""

    first: date
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a key: from when until when, and which days they are away."""

    here: Days
    away: tuple[Days, ...] = ()

    def is_present(self, day: date) -> bool:
        """Whether they can open what arrives on this day."""
        return day in self.here and not any(day in leave for leave in self.away)


def gaps(holders: Sequence[Holder], *, first: date, last: date) -> list[Days]:
    """The longest runs of days from `first` to `last` on which no holder is present."""
    days = (first + _DAY * number for number in range((last - first).days + 1))
    return _runs(day for day in days if not any(each.is_present(day) for each in holders))


def stage_of(last_day: date, today: date) -> int | None:
    """Within how many days something ends: 14, 30 or 60; None while it is further off, or over."""
    left = (last_day - today).days
    return next((stage for stage in STAGES if 0 <= left <= stage), None)


def _runs(days: Iterable[date]) -> list[Days]:
    """Days in their order, put together where one follows the other."""
    found: list[Days] = []
    for day in days:
        if found and found[-1].last == day - _DAY:
            found[-1] = Days(found[-1].first, day)
        else:
            found.append(Days(day, day))
    return found
