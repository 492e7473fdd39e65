"""The agency check: a lead passes a referral on or not; the author may send it past the lead."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from audit.events import Event
from audit.record import record
from casework.access_matrix import Act
from casework.choices import CaseRoleKind, DisclosurePurpose, NotPursuedReason, RoleEnd
from casework.models import Disclosure, Referral
from casework.services.acting import Found, find_for, raise_refusal, record_refusal
from casework.services.desk_clock import acknowledge_by, let_desk_read
from casework.services.ending import end_case_roles, end_shares
from casework.transitions import Step


def pass_check(*, actor: Actor, referral_id: UUID) -> None:
    """The lead agrees: the desk may read from now on."""
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.CHECK, referral_id, Step.FORWARD)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_CHECKED, found)
        else:
            _open_at_desk(actor, found)
            _record(actor, Event.REFERRAL_CHECKED, found.referral)
    raise_refusal(found)


def not_pursue(*, actor: Actor, referral_id: UUID, reason: NotPursuedReason) -> None:
    """The lead does not pass it on; the author reads why and may send it past the lead.

    The desk's roles end: nothing opens there by itself any more.
    """
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.CHECK, referral_id, Step.NOT_PURSUE)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_NOT_PURSUED, found)
        else:
            referral = found.referral
            referral.state = found.state
            referral.not_pursued_reason = reason
            referral.save(update_fields=["state", "not_pursued_reason"])
            end_case_roles(actor.origin, referral.case, CaseRoleKind.INTAKE, RoleEnd.NOT_PURSUED)
            _record(actor, Event.REFERRAL_NOT_PURSUED, referral, reason)
    raise_refusal(found)


def send_past_lead(*, actor: Actor, referral_id: UUID) -> None:
    """The author sends it to the desk without the lead, whose part ends."""
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.SEND_PAST_LEAD, referral_id, Step.SEND_PAST_LEAD)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_RESUBMITTED, found)
        else:
            case = found.referral.case
            end_shares(
                actor.origin,
                case,
                Disclosure.objects.filter(case=case, purpose=DisclosurePurpose.AGENCY_CHECK),
                RoleEnd.CHECK_DONE,
            )
            end_case_roles(actor.origin, case, CaseRoleKind.CHECKER, RoleEnd.CHECK_DONE)
            _open_at_desk(actor, found)
            _record(actor, Event.REFERRAL_RESUBMITTED, found.referral, "past_lead")
    raise_refusal(found)


def _open_at_desk(actor: Actor, found: Found) -> None:
    referral = found.referral
    referral.state = found.state
    referral.opens_at = timezone.now()
    referral.save(update_fields=["state", "opens_at"])
    let_desk_read(
        actor,
        referral.case,
        referral.opens_at,
        deputies_at=acknowledge_by(referral.opens_at),
    )


def _record(actor: Actor, event: Event, referral: Referral, reason: str = "") -> None:
    record(
        actor.origin,
        event,
        reason=reason,
        case_ref=referral.case.log_ref,
        object_ref=referral.pk,
    )
