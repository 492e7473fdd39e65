"""Working days and desk hours: pure functions over a partnership's calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

from accounts.models import Partnership

ACKNOWLEDGE_DAYS = 1
AGENCY_CHECK_DAYS = 2
SCREENING_DAYS = 5
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """When a desk reads: its country's holidays, its time zone and its hours."""

    country: str
    time_zone: str
    opens_at: time
    closes_at: time

    @classmethod
    def of(cls, partnership: Partnership) -> "Desk":
        """The hours of a partnership's intake desk."""
        return cls(
            partnership.country,
            partnership.time_zone,
            partnership.desk_opens_at,
            partnership.desk_closes_at,
        )

    def local(self, moment: datetime) -> datetime:
        """The desk's own wall clock."""
        return moment.astimezone(ZoneInfo(self.time_zone))

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday without public holidays."""
        return _is_working_day(self.country, day)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody reads now."""
        here = self.local(moment)
        return self.is_working_day(here.date()) and self.opens_at <= here.time() < self.closes_at

    def next_reading(self, moment: datetime) -> datetime:
        """Now if the desk is open, else when it opens next."""
        if self.is_open(moment):
            return moment
        here = self.local(moment)
        day = here.date() if here.time() < self.opens_at else here.date() + timedelta(days=1)
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return self._at(day, self.opens_at)

    def after_working_days(self, moment: datetime, days: int) -> datetime:
        """The end of the desk's hours `days` working days after the reading of `moment`."""
        day = self.local(self.next_reading(moment)).date()
        for _each in range(days):
            day += timedelta(days=1)
            while not self.is_working_day(day):
                day += timedelta(days=1)
        return self._at(day, self.closes_at)

    def working_days_left(self, moment: datetime, due: datetime) -> int:
        """Working days from today until the due day; negative when overdue."""
        today, last = self.local(moment).date(), self.local(due).date()
        if moment > due:
            return -self._count(last, today) or -1
        return self._count(today, last)

    def _count(self, start: date, end: date) -> int:
        span = (end - start).days
        return sum(self.is_working_day(start + timedelta(days=n + 1)) for n in range(span))

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=ZoneInfo(self.time_zone))


@lru_cache(maxsize=4096)
def _is_working_day(country: str, day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in _holidays(country)


@cache
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
