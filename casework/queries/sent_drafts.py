"""What became of a draft that is gone: the author's own referral or question made from it."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.actor import Actor
from casework import access
from casework.choices import CaseRoleKind
from casework.models import CaseRole, Consultation, Referral


def referral_from(actor: Actor, draft_id: UUID) -> UUID | None:
    """The referral that this actor sent from a draft."""
    row = Referral.objects.filter(draft_id=draft_id, case__in=_own(actor))
    return row.values_list("pk", flat=True).first()


def question_from(actor: Actor, draft_id: UUID) -> UUID | None:
    """The question for advice that this actor sent from a draft."""
    row = Consultation.objects.filter(draft_id=draft_id, case__in=_own(actor))
    return row.values_list("pk", flat=True).first()


def _own(actor: Actor) -> QuerySet[CaseRole, UUID]:
    return access.visible_cases(actor, [CaseRoleKind.AUTHOR])
