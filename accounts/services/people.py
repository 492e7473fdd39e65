"""People come, get keys and are let in; people go and their sessions end at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import LinkInvalid, MissingKey, NotAllowed
from accounts.keys import directory, member, rings
from accounts.keys.sessions import lock_everywhere
from accounts.keys.slots import make_password_slot
from accounts.keys.statements import StatementKind
from accounts.models import (
    Agency,
    JoinLink,
    MemberKey,
    Membership,
    Ring,
    RingEpoch,
    RingWrap,
    User,
)
from accounts.models.rings import RingKind
from accounts.queries import desk_holders, live_desk_epoch, live_key, live_memberships
from accounts.roles import DESK_ROLES, Role
from accounts.services.history import changed_by
from accounts.services.partnerships import member_fields, store_member_key
from audit.events import Event, Outcome
from audit.record import Origin, record

LINK_LIFETIME = timedelta(hours=72)
SHORTEST_PHRASE = 14


@dataclass(frozen=True, slots=True)
class NewHat:
    """A hat to be given: for which agency, in which role, from when until when."""

    agency: Agency
    role: Role
    starts_on: date
    ends_on: date | None = None
    deputy_of: Membership | None = None


def create_member(*, origin: Origin, email: str, name: str, hat: NewHat) -> Membership:
    """Give a person a hat; somebody new gets a row without keys until they join by a link."""
    with transaction.atomic(), changed_by(origin):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User(email=email, name=name)
            user.full_clean(exclude=["password"])
            user.save()
        membership = Membership(
            user=user,
            agency=hat.agency,
            role=hat.role,
            deputy_of=hat.deputy_of,
            starts_on=hat.starts_on,
            ends_on=hat.ends_on,
        )
        membership.full_clean()
        membership.save()
        record(origin, Event.MEMBER_CREATED, object_ref=membership.id, recipients=[user.log_ref])
    return membership


def invite(*, origin: Origin, user: User) -> str:
    """A single-use joining token, valid for 72 hours; only its digest is stored."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = JoinLink.objects.create(
            user=user, token_digest=_digest(token), expires_at=timezone.now() + LINK_LIFETIME
        )
        record(origin, Event.MEMBER_INVITED, object_ref=link.id, recipients=[user.log_ref])
    return token


def find_link(token: str) -> JoinLink:
    """The running link of a token. Raises LinkInvalid for unknown, used or old ones alike."""
    link = (
        JoinLink.objects.select_related("user")
        .filter(
            token_digest=_digest(token),
            used_at__isnull=True,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
    if link is None or live_key(link.user_id) is not None:
        raise LinkInvalid
    return link


def join(*, origin: Origin, token: str, phrase: str) -> member.MemberKeys:
    """Make a newcomer's keys in this request, closed under the phrase they chose.

    Raises LinkInvalid when the link was used meanwhile, by another tab for instance.
    """
    link = find_link(token)
    keys = member.generate(link.user_id, directory.newest_pin())
    slot = make_password_slot(keys, phrase)
    with transaction.atomic():
        used = JoinLink.objects.filter(pk=link.pk, used_at__isnull=True).update(
            used_at=timezone.now()
        )
        if not used:
            raise LinkInvalid
        key = store_member_key(keys)
        slot.save(force_insert=True)
        fields = member_fields(keys)
        directory.append(StatementKind.MEMBER_KEY, key.id, fields, by=keys, origin=origin)
        record(origin, Event.MEMBER_JOINED, object_ref=link.user_id)
        record(origin, Event.KEY_MEMBER_CREATED, object_ref=key.id)
    return keys


def admit_member(*, actor: Actor, membership: Membership) -> None:
    """Let a person in: a signed statement, and the desk's ring for those who open arrivals.

    Raises NotAllowed for an actor who may not admit there, MissingKey for a person without keys.
    """
    with transaction.atomic(durable=True):
        allowed = may_admit(actor, membership)
        if allowed:
            _admit(actor, membership)
        else:
            record(
                actor.origin,
                Event.MEMBER_ADMITTED,
                outcome=Outcome.REFUSED,
                reason="not_a_holder",
                object_ref=membership.id,
            )
    if not allowed:
        raise NotAllowed("not_a_holder")


def may_admit(actor: Actor, membership: Membership) -> bool:
    """A coordinator admits anybody, a lead the own agency's people; nobody admits themselves."""
    if membership.user_id == actor.user_id or actor.hat.role not in DESK_ROLES:
        return False
    if not _is_admitted(actor):
        return False
    same_agency = membership.agency_id == actor.hat.agency_id
    return actor.hat.role is Role.COORDINATOR or same_agency


def _is_admitted(actor: Actor) -> bool:
    return Membership.objects.filter(pk=actor.hat.membership_id, admitted_at__isnull=False).exists()


def _admit(actor: Actor, membership: Membership) -> None:
    key = live_key(membership.user_id)
    if key is None:
        raise MissingKey(membership.user.name)
    # What is signed here vouches for the key: it must be the one that the person stated.
    rings.member_recipient(key, by=actor.keys)
    directory.append(
        StatementKind.ADMISSION,
        key.id,
        {
            "member_key": key.id.hex,
            "user": membership.user_id.hex,
            "agency": membership.agency_id.hex,
            "role": membership.role,
        },
        by=actor.keys,
        origin=actor.origin,
    )
    epoch = live_desk_epoch(membership.agency_id)
    same_desk = membership.agency_id == actor.hat.agency_id
    opens_desk = membership.role in DESK_ROLES and same_desk
    if opens_desk and epoch is not None and not _holds(epoch, key):
        rings.admit_holder(epoch, key, by=actor.keys, origin=actor.origin)
    membership.admitted_at = timezone.now()
    with changed_by(actor.origin):
        membership.save(update_fields=["admitted_at"])
    record(
        actor.origin,
        Event.MEMBER_ADMITTED,
        object_ref=membership.id,
        recipients=[membership.user.log_ref],
    )


def _holds(epoch: RingEpoch, key: MemberKey) -> bool:
    return RingWrap.objects.filter(epoch=epoch, member_key=key).exists()


def tend_desk(*, actor: Actor) -> None:
    """What a desk's holder does first in each session: make the ring, or renew a stale one.

    Nobody makes a ring for others, so an agency's first lead makes it when they come.
    """
    if actor.hat.role not in DESK_ROLES:
        return
    with transaction.atomic():
        # Two holders who come at once must not both make the next epoch.
        rows = Ring.objects.select_for_update()
        ring = rows.filter(agency_id=actor.hat.agency_id, kind=RingKind.DESK).first()
        if not _is_admitted(actor) or (ring is not None and ring.stale_since is None):
            return
        if ring is None:
            _make_desk(actor)
        elif RingWrap.objects.filter(epoch__ring=ring, member_key_id=actor.keys.id).exists():
            people = dict.fromkeys(row.user_id for row in desk_holders(ring.agency_id))
            holders = [key for user_id in people if (key := live_key(user_id))]
            rings.renew_ring(ring, holders, by=actor.keys, origin=actor.origin)
            record(actor.origin, Event.KEY_RING_RENEWED, object_ref=ring.id)


def _make_desk(actor: Actor) -> None:
    agency = Agency.objects.get(pk=actor.hat.agency_id)
    rows = live_memberships().filter(agency=agency, role__in=DESK_ROLES, admitted_at__isnull=False)
    people = {row.user_id: row.user for row in rows}
    holders = [key for user_id in people if (key := live_key(user_id))]
    epoch = rings.create_ring(
        agency=agency,
        kind=RingKind.DESK,
        holders=holders,
        by=actor.keys,
        origin=actor.origin,
    )
    record(
        actor.origin,
        Event.KEY_RING_CREATED,
        object_ref=epoch.ring_id,
        recipients=[user.log_ref for user in people.values()],
    )


def end_sessions(*, origin: Origin, user: User) -> None:
    """End every session of a person at once, in all browsers; part of a larger act."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    lock_everywhere(user)
    record(origin, Event.SESSION_ENDED, recipients=[user.log_ref])


def end_membership(*, origin: Origin, membership: Membership, reason: str) -> None:
    """End a hat now: sessions end, the desk's wraps go, the ring waits for its next epoch."""
    with transaction.atomic(), changed_by(origin):
        membership.ended_at = timezone.now()
        membership.save(update_fields=["ended_at"])
        drop_desk_wraps(membership)
        end_sessions(origin=origin, user=membership.user)
        record(
            origin,
            Event.MEMBERSHIP_ENDED,
            reason=reason,
            object_ref=membership.id,
            recipients=[membership.user.log_ref],
        )


def drop_desk_wraps(membership: Membership) -> None:
    """Delete a leaver's wraps of the agency's rings and mark the rings for a new epoch."""
    others = live_memberships().filter(
        user_id=membership.user_id, agency_id=membership.agency_id, role__in=DESK_ROLES
    )
    if others.exclude(pk=membership.pk).exists():
        return
    wraps = RingWrap.objects.filter(
        member_key__user_id=membership.user_id, epoch__ring__agency_id=membership.agency_id
    )
    ring_ids = set(wraps.values_list("epoch__ring_id", flat=True))
    wraps.delete()
    Ring.objects.filter(pk__in=ring_ids).update(stale_since=timezone.now())


def deactivate_person(*, origin: Origin, user: User) -> None:
    """Suspend a person: every hat rests, every session ends, every desk wrap goes at once."""
    with transaction.atomic(), changed_by(origin):
        user.is_active = False
        user.save(update_fields=["is_active"])
        for membership in Membership.objects.filter(user=user, ended_at__isnull=True):
            drop_desk_wraps(membership)
        end_sessions(origin=origin, user=user)
        record(origin, Event.MEMBER_DEACTIVATED, recipients=[user.log_ref])


def _digest(token: str) -> bytes:
    return hashlib.sha256(b"confer/1/join" + token.encode()).digest()
