"""Acts that touch people and cases at once: letting somebody in to a desk and its arrivals."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import Colleague, colleague, live_memberships, waiting_for_admission
from accounts.roles import DESK_ROLES, Role
from accounts.services.people import admit_member
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.choices import CaseRoleKind
from casework.errors import AccessDenied
from casework.models import Case, Referral
from casework.services.desk_clock import give_role
from casework.transitions import WAITING_AT_DESK


def show_waiting(*, actor: Actor) -> list[Colleague]:
    """Who waits for this actor to let them in: the own agency's people, for a coordinator all."""
    allowed = actor.hat.role in DESK_ROLES
    with transaction.atomic(durable=True):
        only = None if actor.hat.role is Role.COORDINATOR else actor.hat.agency_id
        waiting = waiting_for_admission(only) if allowed else []
        record(
            actor.origin,
            Event.PEOPLE_LISTED,
            outcome=Outcome.DONE if allowed else Outcome.REFUSED,
            reason="" if allowed else "hat_does_not_admit",
        )
    if not allowed:
        raise AccessDenied("hat_does_not_admit")
    return waiting


def admit(*, actor: Actor, membership_id: UUID) -> Colleague:
    """Let somebody in; a coordinator's deputy or successor gets what waits at the desk too.

    What the desk has acknowledged already is on team rings, whose people are named one by one.
    """
    membership = live_memberships().filter(pk=membership_id, admitted_at__isnull=True).first()
    if membership is None:
        with transaction.atomic(durable=True):
            record(
                actor.origin,
                Event.MEMBER_ADMITTED,
                outcome=Outcome.REFUSED,
                reason="not_waiting",
                object_ref=membership_id,
            )
        raise AccessDenied("not_waiting")
    admit_member(actor=actor, membership=membership)
    if membership.role == Role.COORDINATOR:
        _let_read_arrivals(actor, membership)
    return colleague(membership)


def _let_read_arrivals(actor: Actor, hat: Membership) -> None:
    with transaction.atomic(durable=True):
        mine = access.visible_cases(actor, [CaseRoleKind.INTAKE])
        waiting = Referral.objects.filter(case__in=mine, state__in=WAITING_AT_DESK)
        for case in Case.objects.filter(referrals__in=waiting):
            if not access.is_barred(case, hat.user_id):
                give_role(actor, case, hat, CaseRoleKind.INTAKE, timezone.now())
