"""People come, get keys and are let in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import LinkInvalid, MissingKey, NotAllowed
from accounts.keys import directory, member, rings
from accounts.keys.slots import make_password_slot
from accounts.keys.statements import StatementKind
from accounts.models import (
    Agency,
    JoinLink,
    MemberKey,
    Membership,
    RingEpoch,
    RingWrap,
    User,
)
from accounts.queries import (
    live_desk_epoch,
    live_key,
    live_memberships,
    unended_memberships,
)
from accounts.roles import DESK_ROLES, Role
from accounts.services.history import changed_by
from accounts.services.partnerships import member_fields, store_member_key
from audit.events import Event, Outcome
from audit.record import Origin, record

LINK_LIFETIME = timedelta(hours=72)
SHORTEST_PHRASE = 14
_GIVEN_BY_LEADS = frozenset(
    {Role.FRONTLINE, Role.AGENCY_LEAD, Role.PANEL_MEMBER, Role.PROVIDER, Role.RIGHTS_DESK}
)


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
    """A single-use joining token, valid for 72 hours; only its digest is stored.

    Links that the person had before end: whoever holds an old one must not make the keys.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        _end_links(user.pk)
        link = JoinLink.objects.create(
            user=user, token_digest=_digest(token), expires_at=timezone.now() + LINK_LIFETIME
        )
        record(origin, Event.MEMBER_INVITED, object_ref=link.id, recipients=[user.log_ref])
    return token


def find_link(token: str) -> JoinLink:
    """The running link of a token. Raises LinkInvalid for unknown, used or old ones alike.

    Whose last hat has ended joins no more, and who has keys keeps them.
    """
    links = JoinLink.objects.select_related("user").filter(
        token_digest=_digest(token),
        used_at__isnull=True,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )
    hats = unended_memberships().filter(user_id=OuterRef("user_id"))
    link = links.filter(Exists(hats)).first()
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
        _end_links(link.user_id)
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
        allowed = let_in(actor=actor, membership=membership)
    if not allowed:
        raise NotAllowed("not_a_holder")


def let_in(*, actor: Actor, membership: Membership) -> bool:
    """The part of a larger act that lets somebody in; a refusal is recorded, and False."""
    # Before any row of a person: whoever retires a key takes the locks in this order too.
    directory.hold()
    allowed = may_admit(actor, membership) and hold_running(membership.pk)
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
    return allowed


def hold_running(membership_id: UUID) -> bool:
    """Whether a hat runs; until this transaction ends nobody can end it or suspend its person."""
    rows = live_memberships().select_for_update(of=("self", "user"))
    return rows.filter(pk=membership_id).first() is not None


def may_admit(actor: Actor, membership: Membership) -> bool:
    """A coordinator admits anybody, a lead the own agency's people; nobody admits themselves.

    The coordination office has no other lead than its coordinators. Nobody's lead lets in, or
    takes a key or factor from, somebody who watches or administers.
    """
    if membership.user_id == actor.user_id or actor.hat.role not in DESK_ROLES:
        return False
    if not is_admitted(actor) or not looks_after(actor, membership.role):
        return False
    if actor.hat.role is Role.COORDINATOR:
        return True
    office_id = membership.agency.partnership.coordination_office_id
    return membership.agency_id == actor.hat.agency_id != office_id


def may_manage(actor: Actor, membership: Membership) -> bool:
    """An administrator or coordinator invites and ends anybody, a lead the own agency's people.

    It opens no key: whoever is invited waits for somebody who may admit. A lead or coordinator
    whom nobody has let in yet manages nobody.
    """
    if membership.user_id == actor.user_id or not may_manage_agency(actor, membership.agency_id):
        return False
    if not looks_after(actor, membership.role):
        return False
    return actor.hat.role is Role.PADMIN or is_admitted(actor)


def looks_after(actor: Actor, role: str) -> bool:
    """A lead looks after hats of the daily work: who is watched ends no auditor's or DPO's hat."""
    return actor.hat.role is not Role.AGENCY_LEAD or role in _GIVEN_BY_LEADS


def may_manage_agency(actor: Actor, agency_id: UUID) -> bool:
    """Whether the hat of somebody who was let in looks after the people of an agency."""
    if actor.hat.role in {Role.PADMIN, Role.COORDINATOR}:
        return True
    return actor.hat.role is Role.AGENCY_LEAD and agency_id == actor.hat.agency_id


def roles_to_give(actor: Actor, agency: Agency) -> frozenset[Role]:
    """Which hats of an agency an actor may give.

    A lead gives those of the daily work. Coordinators let anybody in anywhere, so there are some
    at the coordination office only, and no lead makes one.
    """
    if not may_manage_agency(actor, agency.pk):
        return frozenset()
    if actor.hat.role is Role.AGENCY_LEAD:
        return _GIVEN_BY_LEADS
    is_office = agency.pk == agency.partnership.coordination_office_id
    return frozenset(Role) if is_office else frozenset(Role) - {Role.COORDINATOR}


def is_admitted(actor: Actor) -> bool:
    """Whether somebody let this hat in."""
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


def _end_links(user_id: UUID) -> None:
    now = timezone.now()
    running = JoinLink.objects.filter(user_id=user_id, used_at__isnull=True, expires_at__gt=now)
    running.update(expires_at=now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(b"confer/1/join" + token.encode()).digest()
