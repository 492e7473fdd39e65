"""The first page: what waits for this person in this hat, next step first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor, actor_for
from accounts.queries.own_keys import sheet_state
from accounts.queries.recovery import RecoveryDue, RecoveryNotice
from accounts.roles import DESK_ROLES, SENDING_ROLES, Role
from accounts.services.notices import WATCHING_ROLES
from casework.queries.desk_hours import desk_hours
from casework.queries.worklists import WAITING
from casework.services.show_lists import Home, show_home
from casework.views import cards
from casework.views.home_notices import notices_for

# Whose hat opens the access log (audit.lookups asks again).
_LOG_READERS = frozenset({Role.AUDITOR, Role.DPO})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything that waits, by role; then ways to tell somebody, and what became of the own."""
    actor = actor_for(request)
    shown = show_home(actor=actor)
    role = actor.hat.role
    context = {
        "hours": desk_hours(),
        "task_sections": _task_sections(shown),
        "is_desk": role is Role.COORDINATOR,
        "open_at_desk": shown.open_at_desk,
        "may_send": role in SENDING_ROLES,
        "drafts": [cards.draft_card(row) for row in shown.drafts],
        "own": [cards.own_card(row) for row in shown.own if row.next_step in WAITING],
        "own_advice": [cards.own_advice_card(row) for row in shown.own_advice],
        "reads_log": role in _LOG_READERS,
        "looks_after_people": role in WATCHING_ROLES,
        "notices": notices_for(actor),
        "nothing": _nothing(actor),
        "sheet": sheet_state(actor.user_id),
        "recovery": _recovery(shown.recovery),
        "recovery_news": _recovery_news(shown.recovery),
    }
    return render(request, "casework/home.html", context)


def _task_sections(shown: Home) -> list[dict[str, Any]]:
    """The headed lists of what this person should do, without the empty ones."""
    own = [row for row in shown.own if row.next_step not in WAITING]
    to_check = [row for row in shown.to_check if row.next_step not in WAITING]
    checked = [row for row in shown.to_check if row.next_step in WAITING]
    sections = [
        (_("Your referrals that wait for you"), [cards.own_task_card(row) for row in own]),
        (_("To check"), [cards.desk_card(row) for row in to_check]),
        (_("To screen"), [cards.desk_card(row) for row in shown.to_screen]),
        (_("At the intake desk"), [cards.desk_card(row) for row in shown.at_desk]),
        (_("Questions for advice"), [cards.desk_advice_card(row) for row in shown.advice_at_desk]),
        (_("Protected addresses that you keep"), [cards.kept_card(row) for row in shown.to_keep]),
        (_("Checked"), [cards.desk_card(row) for row in checked]),
    ]
    return [{"title": title, "tasks": tasks} for title, tasks in sections if tasks]


def _recovery(notice: RecoveryNotice) -> dict[str, str] | None:
    """A reminder about recovery, for those who can do something about it."""
    return _due_words(notice.due) if notice.due is not None else None


def _recovery_news(notice: RecoveryNotice) -> dict[str, str] | None:
    """Who keeps new recovery keys: nobody should hear of it from the log first."""
    if not notice.custodians:
        return None
    words = _(
        "%(names)s keep the files with which two of them can open again what an agency lost. "
        "If you did not hear of this from the coordinator, telephone the office."
    )
    names = {"names": ", ".join(notice.custodians)}
    return {"title": _("There are new recovery keys"), "text": words % names}


def _due_words(due: RecoveryDue) -> dict[str, str]:
    words = {
        RecoveryDue.FOUND: (
            _("There are no recovery keys"),
            _(
                "If everybody at a desk loses their pass phrase, nobody can open what lies there. "
                "Found the keys with three custodians."
            ),
        ),
        RecoveryDue.REHEARSE_FIRST: (
            _("Nobody has tried the recovery keys yet"),
            _("Ask two custodians to rehearse with their files. It opens and changes nothing."),
        ),
        RecoveryDue.REHEARSE: (
            _("It is time to rehearse the recovery keys"),
            _("The last rehearsal is more than six months ago. Ask two custodians to try."),
        ),
        RecoveryDue.RENEW: (
            _("The recovery keys were used"),
            _("Found new keys with three custodians; the old files are then of no use."),
        ),
    }
    title, text = words[due]
    return {"title": title, "text": text}


def _nothing(actor: Actor) -> str:
    """What an empty list says to people who get tasks, or to people who get none."""
    if actor.hat.role in DESK_ROLES:
        return _("New referrals and requests appear here, with the time until they are due.")
    if actor.hat.role in SENDING_ROLES:
        return ""
    return _("You open no case under this hat. What your role may see is linked below.")
