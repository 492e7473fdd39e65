"""Acts that touch people and cases at once: letting somebody in to a desk and its arrivals."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.keys import rings
from accounts.models import Membership, RingEpoch
from accounts.models.rings import RingKind
from accounts.queries import Colleague, colleague, live_key, live_memberships
from accounts.roles import Role
from accounts.services.people import let_in
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.choices import CaseRoleKind
from casework.errors import AccessDenied
from casework.models import Case, Referral
from casework.services.desk_clock import give_role
from casework.transitions import WAITING_AT_DESK


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
    # A ring that waits for its next epoch would be given to nobody.
    tend_keys(actor=actor)
    # One transaction: nobody could give the rings later to somebody who was let in without them.
    with transaction.atomic(durable=True):
        allowed = let_in(actor=actor, membership=membership)
        if allowed and membership.role == Role.COORDINATOR:
            _let_read_arrivals(actor, membership)
        if allowed:
            _give_back_team_rings(actor, membership)
    if not allowed:
        raise NotAllowed("not_a_holder")
    return colleague(membership)


def _let_read_arrivals(actor: Actor, hat: Membership) -> None:
    mine = access.visible_cases(actor, [CaseRoleKind.INTAKE])
    waiting = Referral.objects.filter(case__in=mine, state__in=WAITING_AT_DESK)
    for case in Case.objects.filter(referrals__in=waiting):
        if not access.is_barred(case, hat.user_id):
            give_role(actor, case, hat, CaseRoleKind.INTAKE, timezone.now())


def _give_back_team_rings(actor: Actor, hat: Membership) -> None:
    """The rings of cases on which this hat is at the desk, as far as the one who admits holds them.

    Not those of an author or a custodian at the office: the ring opens what the desk reads.
    """
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
    # Roles to come count too: deputies hold the ring before their day.
    at_desk = Case.objects.filter(
        roles__hat=hat, roles__permission__codename=CaseRoleKind.INTAKE.value
    )
    own = set(at_desk.values_list("pk", flat=True))
    for epoch in missing:
        if epoch.ring.case_id in own:
            rings.admit_holder(epoch, key, by=actor.keys, origin=actor.origin)
