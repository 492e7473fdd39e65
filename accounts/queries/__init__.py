"""Reads about people, hats and keys that other rooms may ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import Agency, MemberKey, Membership, Partnership, RingEpoch, RingWrap, User
from accounts.models.rings import RingKind
from accounts.roles import DESK_ROLES, Role


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person as others may see them: id, name and what they act as."""

    user_id: UUID
    membership_id: UUID
    name: str
    agency_name: str
    role: Role
    is_deputy: bool


def the_partnership() -> Partnership:
    """The partnership in use (the tables know several; the first release works with one)."""
    return Partnership.objects.select_related("coordination_office").get()


def live_memberships() -> QuerySet[Membership]:
    """Hats that run today: begun, not ended, of an active person and an agency still inside."""
    today = timezone.localdate()
    return Membership.objects.select_related("user", "agency").filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        starts_on__lte=today,
        ended_at__isnull=True,
        user__is_active=True,
        agency__left_at__isnull=True,
    )


def unended_memberships() -> QuerySet[Membership]:
    """Hats that run or are still to begin, also of people who are suspended."""
    return Membership.objects.select_related("user", "agency").filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate()),
        ended_at__isnull=True,
        agency__left_at__isnull=True,
    )


def hats_of(user: User) -> list[Membership]:
    """The hats a person may put on now, oldest first, each with its agency and partnership."""
    rows = live_memberships().filter(user=user).select_related(None)
    return list(rows.select_related("agency__partnership").order_by("starts_on", "created_at"))


def agency_names() -> dict[UUID, str]:
    """Names of all agencies by id."""
    return dict(Agency.objects.values_list("id", "name"))


def colleagues(agency_id: UUID, roles: Iterable[Role]) -> list[Colleague]:
    """The people who act for an agency in one of these roles now, by name."""
    rows = live_memberships().filter(agency_id=agency_id, role__in=list(roles))
    return [colleague(row) for row in rows.order_by("user__name")]


def colleague(row: Membership) -> Colleague:
    """One membership as others may see it."""
    return Colleague(
        user_id=row.user_id,
        membership_id=row.id,
        name=row.user.name,
        agency_name=row.agency.name,
        role=Role(row.role),
        is_deputy=row.deputy_of_id is not None,
    )


def desk_holders(agency_id: UUID) -> list[Membership]:
    """The hats that hold the live desk ring of an agency."""
    keys = RingWrap.objects.filter(
        epoch__ring__agency_id=agency_id,
        epoch__ring__kind=RingKind.DESK,
        epoch__retired_at=None,
    ).values("member_key__user_id")
    rows = live_memberships().filter(
        agency_id=agency_id,
        role__in=DESK_ROLES,
        admitted_at__isnull=False,
        user_id__in=keys,
    )
    # The databases differ in where nothing stands; deputies come last on both.
    return list(rows.order_by(F("deputy_of_id").asc(nulls_first=True), "user__name"))


def live_desk_epoch(agency_id: UUID) -> RingEpoch | None:
    """The epoch to which arrivals at a desk are sealed; None without a desk or if stale."""
    return (
        RingEpoch.objects.select_related("ring")
        .filter(
            ring__agency_id=agency_id,
            ring__kind=RingKind.DESK,
            ring__stale_since=None,
            retired_at=None,
        )
        .first()
    )


def key_holders(epoch: RingEpoch) -> set[UUID]:
    """Everybody who has a key of this epoch, whether their hat still runs or not."""
    return set(RingWrap.objects.filter(epoch=epoch).values_list("member_key__user_id", flat=True))


def live_key(user_id: UUID) -> MemberKey | None:
    """The key to which a person's things are sealed; None for somebody who has not joined."""
    return MemberKey.objects.filter(user_id=user_id, retired_at=None).first()


def waiting_for_admission(agency_id: UUID | None) -> list[Colleague]:
    """People of an agency (None: of all) who have keys but whom nobody has let in yet."""
    rows = live_memberships().filter(
        admitted_at__isnull=True,
        user__member_keys__retired_at=None,
        user__member_keys__isnull=False,
    )
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    return [colleague(row) for row in rows.order_by("user__name")]
