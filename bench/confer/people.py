"""The people of the bench: the cast of the tests with true keys, and filler who only hold rows."""

import os
from dataclasses import dataclass
from random import Random

from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import Agency, MemberKey, Membership, User
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.models.rings import RingEpoch, RingKind
from accounts.roles import Role
from bench.plan import AGENCIES, PEOPLE
from casework.choices import CaseRoleKind
from tests.world import World

KEM_BYTES = 1216
SIGN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody as rows name them; all ids are 32 hex digits."""

    user: str
    hat: str
    key: str
    log_ref: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom filler rows refer to."""

    partnership: str
    agencies: list[str]
    office: str
    reader: Holder
    filler: list[Holder]
    desk_ring: str
    desk_epoch: str
    permissions: dict[CaseRoleKind, int]


def gather(world: World) -> Cast:
    """Add the filler people and agencies to the world and name all by id."""
    agencies = [
        Agency(
            partnership=world.partnership,
            name=f"Agency {number}",
            kind=AgencyKind.SCHOOL,
            legal_regime=LegalRegime.GDPR,
        )
        for number in range(AGENCIES)
    ]
    Agency.objects.bulk_create(agencies)
    anke = world.anke
    epoch = RingEpoch.objects.get(
        ring__agency_id=anke.membership.agency_id, ring__kind=RingKind.DESK, retired_at=None
    )
    codes = Permission.objects.filter(codename__in=CaseRoleKind.values)
    return Cast(
        partnership=world.partnership.id.hex,
        agencies=[each.id.hex for each in agencies],
        office=anke.membership.agency_id.hex,
        reader=_holder(anke.membership, anke.keys.id.hex),
        filler=_filler(agencies, Random(PEOPLE)),
        desk_ring=epoch.ring_id.hex,
        desk_epoch=epoch.id.hex,
        permissions={CaseRoleKind(each.codename): each.pk for each in codes},
    )


def _filler(agencies: list[Agency], dice: Random) -> list[Holder]:
    users = [
        User(email=f"person{number}@bench.example", name=f"Person {number}", password="!")
        for number in range(PEOPLE)
    ]
    hats = [
        Membership(
            user=user,
            agency=dice.choice(agencies),
            role=Role.FRONTLINE,
            starts_on=timezone.localdate(),
        )
        for user in users
    ]
    keys = [
        MemberKey(user=user, kem_public=os.urandom(KEM_BYTES), sign_public=os.urandom(SIGN_BYTES))
        for user in users
    ]
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(hats)
    MemberKey.objects.bulk_create(keys)
    return [_holder(hat, key.id.hex) for hat, key in zip(hats, keys, strict=True)]


def _holder(hat: Membership, key: str) -> Holder:
    return Holder(hat.user.id.hex, hat.id.hex, key, hat.user.log_ref.hex)
