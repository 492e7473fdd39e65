"""Founds a partnership and lets agencies join it."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.keys import directory, kem, member, rings
from accounts.keys.slots import make_password_slot
from accounts.keys.statements import NO_DIGEST, StatementKind
from accounts.models import Agency, MemberKey, Membership, Partnership, User
from accounts.models.rings import RingKind
from accounts.roles import Role
from accounts.services.history import changed_by
from audit.events import Event
from audit.record import Origin, record


@dataclass(frozen=True, slots=True)
class Founder:
    """The first coordinator: who they are, and the pass phrase they typed."""

    name: str
    email: str
    phrase: str = field(repr=False)


def create_agency(
    *, origin: Origin, partnership: Partnership, name: str, kind: str, legal_regime: str
) -> Agency:
    """Let an agency join; it gets its keys when its first lead is admitted and signs in."""
    with transaction.atomic(), changed_by(origin):
        agency = Agency(partnership=partnership, name=name, kind=kind, legal_regime=legal_regime)
        agency.full_clean()
        agency.save()
        record(origin, Event.AGENCY_CREATED, object_ref=agency.id)
    return agency


def found_partnership(
    *, origin: Origin, partnership: Partnership, office: Agency, founder: Founder
) -> tuple[Membership, member.MemberKeys]:
    """The first coordinator with keys, the founding statement and the intake desk's ring.

    The coordinator's fingerprint words are compared by telephone by everybody who joins.
    """
    user = User(email=founder.email, name=founder.name)
    user.full_clean(exclude=["password"])
    keys = member.generate(user.id, member.Pin(NO_DIGEST, 0, NO_DIGEST))
    slot = make_password_slot(keys, founder.phrase)
    with transaction.atomic():
        user.save()
        key = store_member_key(keys)
        partnership.coordination_office = office
        partnership.save()
        membership = Membership.objects.create(
            user=user,
            agency=office,
            role=Role.COORDINATOR,
            starts_on=timezone.localdate(),
            admitted_at=timezone.now(),
        )
        directory.append(
            StatementKind.FOUNDING,
            key.id,
            {**member_fields(keys), "partnership": partnership.id.hex, "agency": office.id.hex},
            by=keys,
            origin=origin,
        )
        keys = directory.advance(keys)
        slot.save(force_insert=True)
        epoch = rings.create_ring(
            agency=office, kind=RingKind.DESK, holders=[key], by=keys, origin=origin
        )
        record(origin, Event.PARTNERSHIP_CREATED, object_ref=partnership.id)
        record(origin, Event.KEY_MEMBER_CREATED, object_ref=key.id)
        record(origin, Event.KEY_RING_CREATED, object_ref=epoch.ring_id, recipients=[user.log_ref])
    return membership, keys


def store_member_key(keys: member.MemberKeys) -> MemberKey:
    """The public row of new member keys."""
    return MemberKey.objects.create(
        id=keys.id,
        user_id=keys.user_id,
        kem_public=keys.private.public,
        sign_public=keys.sign_public,
    )


def member_fields(keys: member.MemberKeys) -> dict[str, str]:
    """What a statement about a member key says."""
    return {
        "member_key": keys.id.hex,
        "user": keys.user_id.hex,
        "kem": kem.fingerprint(keys.private.public).hex(),
        "sign_public": keys.sign_public.hex(),
    }
