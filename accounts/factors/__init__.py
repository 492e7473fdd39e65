"""Second factors as they are read: who has which, and who must have one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.keys.slots import credential_digest
from accounts.models import KeySlot
from accounts.roles import Role

# Referrers read their own words; everybody else reads, watches or administers others'.
_READING_ROLES = frozenset(Role) - {Role.FRONTLINE}


class FactorKind(StrEnum):
    """What a person can show besides the pass phrase."""

    APP = "app"
    CARD = "card"
    KEY = "key"
    PASSKEY = "passkey"  # a key that also opens the member keys, alone


_KINDS = {
    Authenticator.Type.TOTP: FactorKind.APP,
    Authenticator.Type.RECOVERY_CODES: FactorKind.CARD,
    Authenticator.Type.WEBAUTHN: FactorKind.KEY,
}


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor as its person sees it; `codes_left` is of cards."""

    id: int
    kind: FactorKind
    name: str
    added_at: datetime
    used_at: datetime | None
    codes_left: int = 0


def factors_of(user_id: UUID) -> list[Factor]:
    """The factors of a person, oldest first."""
    slots = KeySlot.objects.filter(user_id=user_id, credential__isnull=False)
    opening = {bytes(each) for each in slots.values_list("credential", flat=True) if each}
    rows = Authenticator.objects.filter(user_id=user_id).order_by("created_at", "pk")
    return [_factor(row, opening) for row in rows]


def has_factor(user_id: UUID) -> bool:
    """Whether a person has any second factor; a card of codes alone counts."""
    return bool(Authenticator.objects.filter(user_id=user_id).exists())


def has_passkey(user_id: UUID) -> bool:
    """Whether a person has a passkey that opens their keys."""
    return KeySlot.objects.filter(user_id=user_id, credential__isnull=False).exists()


def must_have_factor(roles: Iterable[str]) -> bool:
    """Whether hats of these roles ask for a second factor, as the installation is set."""
    if settings.SECOND_FACTOR == "readers":
        return not _READING_ROLES.isdisjoint(roles)
    return bool(settings.SECOND_FACTOR == "all")


def kind_of(row: Any) -> FactorKind:
    """The kind of a row, where it does not matter whether a key opens anything."""
    return _KINDS[row.type]


def credential_id(row: Any) -> bytes:
    """The id of a security key's or passkey's credential."""
    found: bytes = row.wrap().authenticator_data.credential_data.credential_id
    return found


def _factor(row: Any, opening: set[bytes]) -> Factor:
    kind, name, left = kind_of(row), "", 0
    if kind is FactorKind.CARD:
        left = len(row.wrap().get_unused_codes())
    elif kind is FactorKind.KEY:
        name = row.wrap().name
        if credential_digest(credential_id(row)) in opening:
            kind = FactorKind.PASSKEY
    return Factor(row.pk, kind, name, row.created_at, row.last_used_at, left)
