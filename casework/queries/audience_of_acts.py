"""Who reads a referral before and after an act of its author that changes its readers."""

from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actor import Actor
from casework.choices import CaseRoleKind
from casework.models import Exclusion
from casework.queries.audience import Audience, Line, desk_lines
from casework.queries.case_audience import audience_of_case
from casework.queries.draft_setting import draft_setting


def audience_of_withdrawal(actor: Actor, case_id: UUID) -> Audience:
    """Taken back: everybody else's keys go."""
    return _turned(actor, case_id, after=())


def audience_past_lead(actor: Actor, case_id: UUID) -> Audience:
    """Sent past the lead: the desk reads at once, the lead no longer."""
    barred = set(Exclusion.objects.filter(case_id=case_id).values_list("user_id", flat=True))
    desk = draft_setting(actor).desk_without(barred)
    return _turned(actor, case_id, after=desk_lines(desk))


def _turned(actor: Actor, case_id: UUID, *, after: tuple[Line, ...]) -> Audience:
    shown = audience_of_case(actor, case_id, CaseRoleKind.AUTHOR)
    return replace(shown, now=(), before=shown.now, after=(*after, Line(_("You"))), reasons=())
