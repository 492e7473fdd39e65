"""Reads about recovery: whether there is a key, whether it was tried, whom that concerns."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import RecoveryGrant, RecoveryKey, RecoveryWrap, RingWrap
from accounts.queries import live_memberships
from accounts.roles import DESK_ROLES, Role

REHEARSE_EVERY = timedelta(days=183)
SHOWN_AFTER_FOUNDING = timedelta(days=30)
_REMINDED = frozenset({Role.COORDINATOR, Role.PADMIN})


class RecoveryDue(StrEnum):
    """What should be done about recovery."""

    FOUND = "found"  # there is no key
    REHEARSE_FIRST = "rehearse_first"  # nobody has ever tried it
    REHEARSE = "rehearse"  # six months have passed
    RENEW = "renew"  # it was used: a new pair should follow


@dataclass(frozen=True, slots=True)
class RecoveryNotice:
    """What a home page says of recovery to one hat; empty for most."""

    due: RecoveryDue | None = None
    custodians: tuple[str, ...] = field(default=())
    founded_at: datetime | None = None


def live_recovery_key() -> RecoveryKey | None:
    """The recovery key to which things are sealed now."""
    return RecoveryKey.objects.filter(retired_at=None).order_by("-number").first()


def recovery_exists(recovery: UUID) -> bool:
    """Whether a recovery key with this id was ever founded here."""
    return RecoveryKey.objects.filter(pk=recovery).exists()


def is_rehearsed() -> bool:
    """Whether two custodians have ever opened the key to which things are sealed now."""
    key = live_recovery_key()
    return key is not None and key.rehearsed_at is not None


def opened_by_recovery_alone() -> list[str]:
    """Names of agencies with a ring that nobody holds any more and the recovery key still opens."""
    held = RingWrap.objects.filter(
        epoch=OuterRef("epoch"),
        member_key__retired_at=None,
        member_key__user__in=live_memberships().values("user_id"),
    )
    lost = RecoveryWrap.objects.filter(~Exists(held), epoch__retired_at=None)
    return sorted(set(lost.values_list("epoch__ring__agency__name", flat=True)))


def recovery_due() -> RecoveryDue | None:
    """What should be done about recovery now; None if nothing."""
    key = live_recovery_key()
    if key is None:
        return RecoveryDue.FOUND
    if RecoveryGrant.objects.filter(taken_at__gte=key.founded_at).exists():
        return RecoveryDue.RENEW
    if key.rehearsed_at is None:
        return RecoveryDue.REHEARSE_FIRST
    late = timezone.now() - key.rehearsed_at > REHEARSE_EVERY
    return RecoveryDue.REHEARSE if late else None


def recovery_notice(role: Role) -> RecoveryNotice:
    """Reminders for coordinators and administrators; new custodians' names for every desk."""
    due = recovery_due() if role in _REMINDED else None
    key = live_recovery_key() if role in DESK_ROLES else None
    if key is None or timezone.now() - key.founded_at > SHOWN_AFTER_FOUNDING:
        return RecoveryNotice(due)
    return RecoveryNotice(due, tuple(key.custodian_names), key.founded_at)
