"""What the states of people's keys, notices and acts mean in sentences."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.gaps import Days
from accounts.models.people import NoticeKind
from accounts.queries.people import KeyState, Notice, PersonRow
from accounts.services.notices import Ending

# The fixed codes that an address may carry after an act: title, text.
DONE: Mapping[str, tuple[Any, Any]] = MappingProxyType(
    {
        "admitted": (gettext_lazy("They are in. They can read from now on what arrives."), ""),
        "ended": (
            gettext_lazy("The hat has ended."),
            gettext_lazy(
                "Their sessions and keys for this agency are gone. What they read stays read."
            ),
        ),
        "last_day": (gettext_lazy("The last day is noted."), ""),
        "suspended": (
            gettext_lazy("The account is closed."),
            gettext_lazy("Every session has ended and every key is gone, at all agencies."),
        ),
        "reopened": (
            gettext_lazy("The account is open again."),
            gettext_lazy("They can sign in, and wait to be let in as a newcomer does."),
        ),
        "factor_reset": (
            gettext_lazy("The second factor is removed."),
            gettext_lazy(
                "They set up a new one when they sign in next. Their colleagues see a notice."
            ),
        ),
        "sent_again": (
            gettext_lazy("Sent again."),
            gettext_lazy("Their new key opens now what you can open and they had before."),
        ),
        "leave": (gettext_lazy("The days are noted."), ""),
        "leave_removed": (gettext_lazy("The days are taken out."), ""),
        "agency_left": (
            gettext_lazy("The agency has left."),
            gettext_lazy("Nobody acts for it any more, and nothing new is sealed to it."),
        ),
    }
)


def done_notice(code: str) -> dict[str, Any] | None:
    """The words for the code in an address; an unknown code says nothing."""
    title, text = DONE.get(code, ("", ""))
    return {"title": title, "text": text} if title else None


def key_in_words(row: PersonRow, admitters: Sequence[str]) -> str:
    """How far somebody has come with their keys, and what is to happen next."""
    if row.key is KeyState.LINK_OPEN and row.link_until:
        until = date_format(timezone.localtime(row.link_until), "D j M, H:i")
        return _("has no key yet: link open until %(time)s") % {"time": until}
    if row.key is KeyState.WAITS:
        others = [name for name in admitters if name != row.name]
        if not others:
            return _("waits to be let in, and nobody here can do it")
        return _("waits to be let in by %(names)s") % {"names": either(others)}
    return _KEY_WORDS[row.key]()


def either(names: Sequence[str]) -> str:
    """Names of whom any one can do it."""
    if len(names) < 2:  # noqa: PLR2004 - one name stands alone
        return "".join(names)
    return _("%(names)s or %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def days_in_words(days: Days) -> str:
    """From a day to a day."""
    first = date_format(days.first, "j M Y")
    if days.last is None or days.last == days.first:
        return first
    return _("%(first)s to %(last)s") % {
        "first": first,
        "last": date_format(days.last, "j M Y"),
    }


def notice_in_words(notice: Notice) -> str:
    """What happened to whose keys, and when."""
    day = date_format(timezone.localtime(notice.at), "D j M, H:i")
    words = {
        NoticeKind.RESCUE_USED: _("%(name)s signed in with their rescue sheet."),
        NoticeKind.KEY_REPLACED: _("%(name)s lost their pass phrase and gets a new key."),
        NoticeKind.FACTOR_RESET: _("The second factor of %(name)s was removed."),
        NoticeKind.RECOVERY_USED: _(
            "The recovery keys were used: %(name)s opens what arrives here now. Drafts of those "
            "who lost their keys do not come back."
        ),
    }
    return f"{day}: {words[notice.kind] % {'name': notice.name}}"


def ending_in_words(ending: Ending) -> str:
    """Whose hat ends when."""
    day = date_format(ending.last_day, "D j M Y")
    if ending.is_own:
        words = _("Your own time for %(agency)s ends after %(day)s.")
    else:
        words = _("%(name)s acts for %(agency)s until %(day)s.")
    return words % {"name": ending.name, "agency": ending.agency_name, "day": day}


_KEY_WORDS = {
    KeyState.CLOSED: lambda: _("account closed"),
    KeyState.LINK_OPEN: lambda: _("has no key yet"),
    KeyState.LINK_ENDED: lambda: _("has no key yet, and the link has ended"),
    KeyState.LET_IN: lambda: _("has been let in"),
    KeyState.NO_DESK_KEY: lambda: _("has been let in, without the desk's key yet"),
    KeyState.DESK_KEY: lambda: _("has the desk's key"),
}
