"""When somebody at the intake desk reads: the hours, and the next time from now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import Partnership
from accounts.queries import the_partnership
from casework.working_days import ACKNOWLEDGE_DAYS, AGENCY_CHECK_DAYS, Desk


@dataclass(frozen=True, slots=True)
class DeskHours:
    """The desk's hours at one moment, with the sentences that pages show."""

    desk: Desk
    now: datetime
    numbers: tuple[tuple[str, str], ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody reads now."""
        return self.desk.is_open(self.now)

    @property
    def hours(self) -> str:
        """The working hours in words."""
        return _("The intake desk reads on working days from %(opens)s to %(closes)s.") % {
            "opens": formats.time_format(self.desk.opens_at, "H:i"),
            "closes": formats.time_format(self.desk.closes_at, "H:i"),
        }

    @property
    def next_reading(self) -> str:
        """When what is sent now will be read at the earliest."""
        if self.is_open:
            return _("The intake desk is reading now.")
        return _("Nobody reads this before %(when)s.") % {
            "when": self._when(self.desk.next_reading(self.now))
        }

    @property
    def cannot_wait(self) -> str:
        """Whom to call instead; empty if the partnership names no number."""
        if not self.numbers:
            return ""
        calls = " · ".join(f"{number} ({label})" for label, number in self.numbers)
        return _("Cannot wait? Call %(calls)s.") % {"calls": calls}

    def acknowledged_by(self, opens_at: datetime) -> datetime:
        """Until when the desk acknowledges what opens there at this moment."""
        return self.desk.after_working_days(opens_at, ACKNOWLEDGE_DAYS)

    def opens_after_check(self) -> datetime:
        """When a referral sent now opens at the desk although no lead has passed it on."""
        return self.desk.after_working_days(self.now, AGENCY_CHECK_DAYS)

    def in_words(self, moment: datetime) -> str:
        """A day and time as the desk's own wall clock shows it."""
        return self._when(moment)

    def _when(self, moment: datetime) -> str:
        here = self.desk.local(moment)
        today = self.desk.local(self.now).date()
        clock = formats.time_format(here.time(), "H:i")
        if here.date() == today:
            return _("today at %(time)s") % {"time": clock}
        day = formats.date_format(here.date(), "l j F")
        return _("%(day)s at %(time)s") % {"day": day, "time": clock}


def desk_hours() -> DeskHours:
    """The hours of the partnership in use, now."""
    return hours_of(the_partnership(), timezone.now())


def hours_if_founded() -> DeskHours | None:
    """The same for pages that stand before a partnership was founded."""
    partnership = Partnership.objects.first()
    return hours_of(partnership, timezone.now()) if partnership else None


def hours_of(partnership: Partnership, now: datetime) -> DeskHours:
    """The hours of a partnership's desk at a moment."""
    numbers = tuple((str(label), str(number)) for label, number in partnership.emergency_numbers)
    return DeskHours(Desk.of(partnership), now, numbers)
