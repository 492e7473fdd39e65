"""What home tells about people and keys, in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from accounts.services.notices import Gap, HomeNotices, home_notices
from casework.forms.people_words import (
    days_in_words,
    either,
    ending_in_words,
    notice_in_words,
)
from casework.services.leaving import end_lapsed_of

# Coordinators look after many agencies: more stands on the page of people.
_MOST_ENDINGS = 5


def notices_for(actor: Actor) -> dict[str, Any]:
    """Hats whose last day has passed end first; then what is to be told today."""
    end_lapsed_of(actor=actor)
    shown = home_notices(actor=actor)
    waiting = shown.waiting
    return {
        "waiting": waiting and {"by": either(waiting.admitters), "words": waiting.words},
        "to_let_in": shown.to_let_in,
        "gaps": [_gap(each) for each in shown.gaps],
        "few": _few(shown),
        "few_names": ", ".join(shown.few_holders) if len(shown.few_holders) > 1 else "",
        "lines": _lines(shown),
    }


def _gap(gap: Gap) -> str:
    return _("%(days)s: nobody who has the key of %(agency)s is there.") % {
        "days": days_in_words(gap.days),
        "agency": gap.agency_name,
    }


def _few(shown: HomeNotices) -> str:
    names = shown.few_holders
    if not names:
        return ""
    if len(names) == 1:
        return _("Fewer than two people can open what arrives at %(name)s") % {"name": names[0]}
    words = ngettext(
        "Fewer than two people can open what arrives at %(number)s agency",
        "Fewer than two people can open what arrives at %(number)s agencies",
        len(names),
    )
    return words % {"number": len(names)}


def _lines(shown: HomeNotices) -> list[str]:
    lines = [notice_in_words(each) for each in shown.unusual]
    lines += [ending_in_words(each) for each in shown.endings[:_MOST_ENDINGS]]
    more = len(shown.endings) - _MOST_ENDINGS
    if more > 0:
        lines.append(
            ngettext("%(number)s more hat ends soon", "%(number)s more hats end soon", more)
            % {"number": more}
        )
    return lines
