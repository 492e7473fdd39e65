"""What a key holder's session does first: states who has left, renews stale rings, makes the desk.

Suspensions and ends need no key, so they only delete wraps and mark rings. Whoever holds such a
ring and comes next makes its new epoch here, before anything is sealed to it again; until then
things go to those who stay by name (casework.services.recipients).
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory, rings
from accounts.keys.statements import StatementKind
from accounts.models import Agency, MemberKey, Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from accounts.queries import live_key, live_memberships
from accounts.roles import DESK_ROLES
from accounts.services.people import is_admitted
from accounts.services.recovered import seal_missing_to_recovery, take_recovery
from audit.events import Event
from audit.record import record

# A sign-in stays quick: further rings follow at the next one.
RINGS_AT_ONCE = 25


def tend_keys(*, actor: Actor) -> None:
    """Put the agency's keys in order, as far as this person can; each part is an act of its own."""
    take_recovery(actor=actor)
    if actor.hat.role not in DESK_ROLES or not is_admitted(actor):
        return
    with transaction.atomic():
        _state_ends(actor)
    for ring_id in _stale_rings(actor):
        renew(actor=actor, ring_id=ring_id)
    _make_desk(actor)
    _give_desk_key(actor)
    seal_missing_to_recovery(actor=actor)


def renew(*, actor: Actor, ring_id: UUID) -> None:
    """The next epoch of a stale ring for the holders who stay; nothing if somebody was quicker."""
    with transaction.atomic():
        # Two holders who come at once must not both make the next epoch.
        ring = Ring.objects.select_for_update().get(pk=ring_id)
        if ring.stale_since is None:
            return
        holders = _holders_who_stay(actor, ring)
        if actor.keys.id not in {key.id for key in holders}:
            return
        rings.renew_ring(ring, holders, by=actor.keys, origin=actor.origin)
        record(
            actor.origin,
            Event.KEY_RING_RENEWED,
            object_ref=ring.id,
            recipients=sorted(key.user.log_ref for key in holders),
        )


def _state_ends(actor: Actor) -> None:
    """Say in the directory whose admission has ended, so that no row can bring them back.

    Only whoever may let people in there may say so: a lead at the office leaves it to coordinators.
    """
    directory.hold()
    agency_id = actor.hat.agency_id
    stated = directory.verified(actor.keys.pin)
    if not stated.may_admit(actor.keys.id.hex, agency_id.hex):
        return
    rows = live_memberships().filter(agency_id=agency_id, admitted_at__isnull=False)
    here = set(rows.values_list("user_id", "role"))
    for admitted in directory.admitted_to(agency_id, pin=actor.keys.pin):
        if (admitted.user_id, admitted.role) in here:
            continue
        fields = {
            "member_key": admitted.member_key_id.hex,
            "user": admitted.user_id.hex,
            "agency": agency_id.hex,
            "role": admitted.role,
            "at": timezone.now().isoformat(),
        }
        directory.append(
            StatementKind.ADMISSION_ENDED,
            admitted.member_key_id,
            fields,
            by=actor.keys,
            origin=actor.origin,
        )


def _stale_rings(actor: Actor) -> list[UUID]:
    """The stale rings of the hat's agency that this person holds, the desk's first."""
    rows = Ring.objects.filter(
        agency_id=actor.hat.agency_id,
        stale_since__isnull=False,
        epochs__retired_at=None,
        epochs__wraps__member_key_id=actor.keys.id,
    )
    return list(rows.order_by("kind", "stale_since").values_list("pk", flat=True)[:RINGS_AT_ONCE])


def _holders_who_stay(actor: Actor, ring: Ring) -> list[MemberKey]:
    """Who holds the live epoch, still acts for the agency, and is let in by a statement."""
    here = live_memberships().filter(agency_id=ring.agency_id, admitted_at__isnull=False)
    if ring.kind == RingKind.DESK:
        here = here.filter(role__in=DESK_ROLES)
    wraps = RingWrap.objects.select_related("member_key__user").filter(
        epoch__ring=ring,
        epoch__retired_at=None,
        member_key__retired_at=None,
        member_key__user__in=here.values("user_id"),
    )
    admitted = directory.admitted_to(ring.agency_id, pin=actor.keys.pin)
    stated = {each.member_key_id for each in admitted}
    return [wrap.member_key for wrap in wraps if wrap.member_key_id in stated]


def _make_desk(actor: Actor) -> None:
    """Nobody makes a ring for others, so an agency's first lead makes it when they come."""
    if Ring.objects.filter(agency_id=actor.hat.agency_id, kind=RingKind.DESK).exists():
        return
    agency_id = actor.hat.agency_id
    rows = live_memberships().filter(
        agency_id=agency_id, role__in=DESK_ROLES, admitted_at__isnull=False
    )
    people = {row.user_id: row.user for row in rows}
    with transaction.atomic():
        # The agency's row is the lock: two leads who come first at once make one desk.
        agency = Agency.objects.select_for_update().get(pk=agency_id)
        if Ring.objects.filter(agency=agency, kind=RingKind.DESK).exists():
            return
        epoch = rings.create_ring(
            agency=agency,
            kind=RingKind.DESK,
            holders=[key for user_id in people if (key := live_key(user_id))],
            by=actor.keys,
            origin=actor.origin,
        )
        record(
            actor.origin,
            Event.KEY_RING_CREATED,
            object_ref=epoch.ring_id,
            recipients=[user.log_ref for user in people.values()],
        )


def _give_desk_key(actor: Actor) -> None:
    """A coordinator lets in a second lead elsewhere without that desk's key: a holder gives it.

    Whom to give it to is read from the signed statements; the rows alone let nobody in.
    """
    held = RingWrap.objects.filter(
        epoch__ring__agency_id=actor.hat.agency_id,
        epoch__ring__kind=RingKind.DESK,
        epoch__ring__stale_since=None,
        epoch__retired_at=None,
        member_key_id=actor.keys.id,
    )
    with transaction.atomic():
        wrap = held.select_related("epoch__ring").select_for_update(of=("self",)).first()
        if wrap is None:
            return
        for key in _let_in_without_key(actor, wrap.epoch):
            rings.admit_holder(wrap.epoch, key, by=actor.keys, origin=actor.origin)


def _let_in_without_key(actor: Actor, epoch: RingEpoch) -> list[MemberKey]:
    """Who is stated to be at the desk, acts there now, and has no key of its epoch."""
    agency_id = actor.hat.agency_id
    here = live_memberships().filter(
        agency_id=agency_id, role__in=DESK_ROLES, admitted_at__isnull=False
    )
    missing = MemberKey.objects.filter(user__in=here.values("user_id"), retired_at=None).exclude(
        ring_wraps__epoch=epoch
    )
    stated = {
        each.member_key_id
        for each in directory.admitted_to(agency_id, pin=actor.keys.pin)
        if each.role in DESK_ROLES
    }
    return [key for key in missing.select_related("user") if key.id in stated]
