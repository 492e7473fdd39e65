"""Invites people: a hat, a single-use link, and the mail that carries it. It opens no key."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.actor import Actor
from accounts.errors import AccountClosed, HatExists, NotAllowed
from accounts.mail import send_invitation
from accounts.models import Agency, MemberKey, Membership, User
from accounts.queries import live_key, live_memberships, unended_memberships
from accounts.roles import Role
from accounts.services.people import (
    LINK_LIFETIME,
    NewHat,
    create_member,
    invite,
    is_admitted,
    may_manage,
    roles_to_give,
)
from audit.events import Event, Outcome
from audit.record import record

LINK_HOURS = int(LINK_LIFETIME.total_seconds() // 3600)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is invited, to which hat; the name counts for somebody who is new to Confer."""

    name: str
    email: str
    agency_id: UUID
    role: Role
    starts_on: date
    ends_on: date | None = None
    deputy_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What became of it. The link is shown once or mailed; without one they have keys already.

    `by_hand`: they lost their keys before, so no mail carries it.
    """

    membership_id: UUID
    name: str
    link: str = field(default="", repr=False)
    mailed: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """An agency with the roles that may be given there."""

    id: UUID
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Choices:
    """What an inviting person may choose; `covered` are hats that somebody can stand in for."""

    agencies: list[AgencyChoice]
    covered: list[tuple[str, str]]


def choices_for(*, actor: Actor) -> Choices:
    """What this actor may give, and to which agencies. Raises NotAllowed for nothing at all."""
    with transaction.atomic(durable=True):
        choices = _choices(actor)
        if choices.agencies:
            record(actor.origin, Event.PEOPLE_LISTED)
        else:
            _refuse(actor, actor.hat.agency_id)
    if not choices.agencies:
        raise NotAllowed("may_not_invite")
    return choices


def invite_person(*, actor: Actor, person: NewPerson) -> Invitation:
    """Give somebody a hat and, if they have no keys, a link by which they make them.

    Raises NotAllowed, HatExists for a hat they wear already, AccountClosed for somebody suspended.
    """
    with transaction.atomic(durable=True):
        agency = Agency.objects.filter(pk=person.agency_id, left_at__isnull=True).first()
        allowed = agency is not None and _may_invite(actor, person, agency)
        closed = User.objects.filter(email__iexact=person.email, is_active=False).exists()
        if agency is None or not allowed or closed:
            _refuse(actor, person.agency_id)
            membership, token = None, ""
        else:
            membership = _create(actor, person, agency)
            token = _link_for(actor, membership)
    if not allowed:
        raise NotAllowed("may_not_invite")
    if membership is None:
        raise AccountClosed
    return _mailed(membership, token)


def send_new_link(*, actor: Actor, membership_id: UUID) -> Invitation:
    """Another link for somebody without keys; the one before ends. Raises NotAllowed."""
    with transaction.atomic(durable=True):
        membership = unended_memberships().filter(pk=membership_id).first()
        allowed = (
            membership is not None
            and membership.user.is_active
            and may_manage(actor, membership)
            and live_key(membership.user_id) is None
        )
        token = ""
        if membership is not None and allowed:
            token = invite(origin=actor.origin, user=membership.user)
        else:
            _refuse(actor, membership_id)
    if membership is None or not allowed:
        raise NotAllowed("may_not_invite")
    return _mailed(membership, token)


def join_address(token: str) -> str:
    """The address that a joining token stands in."""
    return f"{settings.BASE_URL}{reverse('join', args=[token])}"


def _choices(actor: Actor) -> Choices:
    inside = Agency.objects.select_related("partnership").filter(left_at__isnull=True)
    rows = inside.order_by("name") if _manages(actor) else []
    found = [AgencyChoice(row.pk, row.name, roles_to_give(actor, row)) for row in rows]
    agencies = [each for each in found if each.roles]
    hats = live_memberships().filter(agency_id__in=[each.id for each in agencies])
    return Choices(
        agencies,
        [
            (str(hat.pk), f"{hat.user.name}, {Role(hat.role).label}, {hat.agency.name}")
            for hat in hats.order_by("agency__name", "user__name")
        ],
    )


def _manages(actor: Actor) -> bool:
    """Administrators, and those leads and coordinators whom somebody has let in."""
    return actor.hat.role is Role.PADMIN or is_admitted(actor)


def _may_invite(actor: Actor, person: NewPerson, agency: Agency) -> bool:
    if not _manages(actor) or person.role not in roles_to_give(actor, agency):
        return False
    return not User.objects.filter(pk=actor.user_id, email__iexact=person.email).exists()


def _create(actor: Actor, person: NewPerson, agency: Agency) -> Membership:
    known = User.objects.filter(email__iexact=person.email).first()
    worn = Membership.objects.filter(
        user=known, agency=agency, role=person.role, ended_at__isnull=True
    )
    if known is not None and worn.exists():
        raise HatExists
    hat = NewHat(
        agency=agency,
        role=person.role,
        starts_on=person.starts_on,
        ends_on=person.ends_on,
        deputy_of=_covered(person),
    )
    return create_member(origin=actor.origin, email=person.email, name=person.name, hat=hat)


def _covered(person: NewPerson) -> Membership | None:
    """Whose deputy they become: somebody in the same role at the same agency."""
    rows = live_memberships().filter(agency_id=person.agency_id, role=person.role)
    return rows.filter(pk=person.deputy_of).first() if person.deputy_of else None


def _link_for(actor: Actor, membership: Membership) -> str:
    if live_key(membership.user_id) is not None:
        return ""
    return invite(origin=actor.origin, user=membership.user)


def _mailed(membership: Membership, token: str) -> Invitation:
    """After the commit: a mail server that fails loses nothing.

    Whoever had a key before gets the link by hand: a mailbox is no proof of who somebody is.
    """
    if not token:
        return Invitation(membership.pk, membership.user.name)
    link = join_address(token)
    if MemberKey.objects.filter(user_id=membership.user_id).exists():
        return Invitation(membership.pk, membership.user.name, link, by_hand=True)
    mailed = send_invitation(to=membership.user.email, link=link, hours=LINK_HOURS)
    return Invitation(membership.pk, membership.user.name, link, mailed)


def _refuse(actor: Actor, about: UUID) -> None:
    record(
        actor.origin,
        Event.MEMBER_INVITED,
        outcome=Outcome.REFUSED,
        reason="not_allowed",
        object_ref=about,
    )
