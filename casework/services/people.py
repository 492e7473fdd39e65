"""Acts that touch people and cases at once: letting somebody in to a desk and its arrivals."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import rings
from accounts.models import Membership, RingEpoch
from accounts.models.rings import RingKind
from accounts.queries import (
    Colleague,
    colleague,
    live_key,
    live_memberships,
    waiting_for_admission,
)
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

    What the desk has acknowledged already is on team rings, whose people are named one by one:
    whoever comes back with a new key gets those of the cases on which they still work.
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
    _give_back_team_rings(actor, membership)
    return colleague(membership)


def _let_read_arrivals(actor: Actor, hat: Membership) -> None:
    with transaction.atomic(durable=True):
        mine = access.visible_cases(actor, [CaseRoleKind.INTAKE])
        waiting = Referral.objects.filter(case__in=mine, state__in=WAITING_AT_DESK)
        for case in Case.objects.filter(referrals__in=waiting):
            if not access.is_barred(case, hat.user_id):
                give_role(actor, case, hat, CaseRoleKind.INTAKE, timezone.now())


def _give_back_team_rings(actor: Actor, hat: Membership) -> None:
    """The rings of cases on which this hat has a role, as far as the one who admits holds them."""
    key = live_key(hat.user_id)
    if key is None or hat.agency_id != actor.hat.agency_id:
        return
    epochs = RingEpoch.objects.select_related("ring").filter(
        ring__kind=RingKind.TEAM,
        ring__agency_id=hat.agency_id,
        ring__stale_since=None,
        retired_at=None,
        wraps__member_key_id=actor.keys.id,
    )
    missing = list(epochs.exclude(wraps__member_key=key))
    holders = access.holders_on({epoch.ring.case_id for epoch in missing if epoch.ring.case_id})
    own = {holder.case_id for holder in holders if holder.hat_id == hat.pk}
    with transaction.atomic(durable=True):
        for epoch in missing:
            if epoch.ring.case_id in own:
                rings.admit_holder(epoch, key, by=actor.keys, origin=actor.origin)
