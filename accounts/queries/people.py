"""Who acts where and with which keys, for those who look after people; nothing of a case."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.gaps import LOOK_AHEAD_DAYS, Days, Holder
from accounts.models import JoinLink, KeyNotice, Leave, MemberKey, Membership, RingWrap
from accounts.models.people import NoticeKind
from accounts.models.rings import RingKind
from accounts.queries import unended_memberships
from accounts.roles import DESK_ROLES, Role

NOTICES_SHOWN_DAYS = 30


class KeyState(StrEnum):
    """How far somebody has come with their keys for one hat."""

    CLOSED = "closed"  # suspended
    LINK_OPEN = "link_open"
    LINK_ENDED = "link_ended"
    WAITS = "waits"
    LET_IN = "let_in"
    NO_DESK_KEY = "no_desk_key"  # let in to a desk, and no holder has given the desk's key yet
    DESK_KEY = "desk_key"


@dataclass(frozen=True, slots=True)
class PlannedLeave:
    """Days on which a hat's person will be away."""

    id: UUID
    days: Days


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One hat as a list of people shows it; `link_until` is of somebody without keys."""

    membership_id: UUID
    user_id: UUID
    name: str
    agency_id: UUID
    agency_name: str
    role: Role
    deputy_of: str
    starts_on: date
    ends_on: date | None
    key: KeyState
    link_until: datetime | None
    last_seen: date | None
    leaves: tuple[PlannedLeave, ...]

    @property
    def holds_desk(self) -> bool:
        """Whether they can open today what arrives at the agency's desk."""
        return self.key is KeyState.DESK_KEY

    def as_holder(self) -> Holder:
        """What the search for gaps asks about somebody."""
        return Holder(Days(self.starts_on, self.ends_on), tuple(each.days for each in self.leaves))


@dataclass(frozen=True, slots=True)
class Notice:
    """Something unusual that happened to the keys of somebody at the own agency."""

    kind: NoticeKind
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Keys:
    """What is known of the keys of some people, read by a fixed number of statements."""

    with_keys: frozenset[UUID]
    at_desks: frozenset[tuple[UUID, UUID]]
    links: dict[UUID, datetime]
    leaves: dict[UUID, list[PlannedLeave]]


def people_rows(agency_id: UUID | None) -> list[PersonRow]:
    """Every hat of an agency (None: of all) that has not ended, by agency and name."""
    rows = unended_memberships()
    return _rows(rows if agency_id is None else rows.filter(agency_id=agency_id))


def person_row(membership_id: UUID) -> PersonRow | None:
    """One hat that has not ended."""
    return next(iter(_rows(unended_memberships().filter(pk=membership_id))), None)


def watched_rows(agency_id: UUID | None) -> list[PersonRow]:
    """Hats that somebody must keep an eye on: those of desks, and those that end soon."""
    soon = timezone.localdate() + timedelta(days=LOOK_AHEAD_DAYS)
    rows = unended_memberships().filter(Q(role__in=DESK_ROLES) | Q(ends_on__lte=soon))
    return _rows(rows if agency_id is None else rows.filter(agency_id=agency_id))


def agencies_with_people(agency_id: UUID | None, roles: Collection[Role]) -> dict[UUID, str]:
    """Agencies (or the one) for which somebody acts in one of these roles: names by id."""
    rows = unended_memberships().filter(role__in=roles)
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    return dict(rows.order_by("agency__name").values_list("agency_id", "agency__name"))


def key_notices(agency_id: UUID) -> list[Notice]:
    """What happened to keys at an agency in the last 30 days, the newest first."""
    since = timezone.now() - timedelta(days=NOTICES_SHOWN_DAYS)
    rows = KeyNotice.objects.select_related("about").filter(
        agency_id=agency_id, created_at__gte=since
    )
    return [
        Notice(NoticeKind(row.kind), row.about.name, row.created_at)
        for row in rows.order_by("-created_at")
    ]


def has_lapsed_hats() -> bool:
    """Whether a hat's last day has passed that nobody has ended yet."""
    rows = Membership.objects.filter(ended_at__isnull=True, ends_on__lt=timezone.localdate())
    return rows.exists()


def _rows(memberships: QuerySet[Membership]) -> list[PersonRow]:
    found = list(
        memberships.select_related("deputy_of__user").order_by(
            "agency__name", "user__name", "role", "id"
        )
    )
    keys = _keys_of({row.user_id for row in found}, [row.pk for row in found])
    return [_row(row, keys) for row in found]


def _keys_of(users: Collection[UUID], memberships: Iterable[UUID]) -> _Keys:
    leaves: dict[UUID, list[PlannedLeave]] = defaultdict(list)
    today = timezone.localdate()
    for leave in Leave.objects.filter(membership_id__in=memberships, ends_on__gte=today).order_by(
        "starts_on"
    ):
        planned = PlannedLeave(leave.id, Days(leave.starts_on, leave.ends_on))
        leaves[leave.membership_id].append(planned)
    live = MemberKey.objects.filter(user_id__in=users, retired_at=None)
    wraps = RingWrap.objects.filter(
        epoch__ring__kind=RingKind.DESK, epoch__retired_at=None, member_key__user_id__in=users
    )
    links = JoinLink.objects.filter(user_id__in=users, used_at__isnull=True).order_by("expires_at")
    return _Keys(
        with_keys=frozenset(live.values_list("user_id", flat=True)),
        at_desks=frozenset(wraps.values_list("epoch__ring__agency_id", "member_key__user_id")),
        links=dict(links.values_list("user_id", "expires_at")),
        leaves=leaves,
    )


def _row(row: Membership, keys: _Keys) -> PersonRow:
    seen = row.user.last_login
    return PersonRow(
        membership_id=row.id,
        user_id=row.user_id,
        name=row.user.name,
        agency_id=row.agency_id,
        agency_name=row.agency.name,
        role=Role(row.role),
        deputy_of=row.deputy_of.user.name if row.deputy_of else "",
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        key=_key_state(row, keys),
        link_until=keys.links.get(row.user_id),
        last_seen=timezone.localdate(seen) if seen else None,
        leaves=tuple(keys.leaves.get(row.id, ())),
    )


def _key_state(row: Membership, keys: _Keys) -> KeyState:
    if not row.user.is_active:
        return KeyState.CLOSED
    if row.user_id not in keys.with_keys:
        until = keys.links.get(row.user_id)
        running = until is not None and until > timezone.now()
        return KeyState.LINK_OPEN if running else KeyState.LINK_ENDED
    if row.admitted_at is None:
        return KeyState.WAITS
    if row.role not in DESK_ROLES:
        return KeyState.LET_IN
    has_key = (row.agency_id, row.user_id) in keys.at_desks
    return KeyState.DESK_KEY if has_key else KeyState.NO_DESK_KEY
