"""What home tells about keys and hats: who lets in, gaps, ends, unusual uses of keys."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.actor import Actor
from accounts.gaps import (
    FEWEST_HOLDERS,
    LOOK_AHEAD_DAYS,
    TOLD_DAYS_BEFORE,
    Days,
    gaps,
    stage_of,
)
from accounts.models import Membership
from accounts.queries import the_partnership, waiting_for_admission
from accounts.queries.keys import Words, own_words
from accounts.queries.people import (
    KeyState,
    Notice,
    PersonRow,
    agencies_with_people,
    key_notices,
    watched_rows,
)
from accounts.roles import DESK_ROLES, SENDING_ROLES, Role
from accounts.services.people import looks_after

# Who is told of other people's hats and keys.
WATCHING_ROLES = DESK_ROLES | {Role.PADMIN}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has let the reader in yet: who may, and the words to read out to them."""

    admitters: tuple[str, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which nobody who holds an agency's key is there."""

    agency_name: str
    days: Days
    soon: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A hat or cover that ends within 14, 30 or 60 days."""

    name: str
    agency_name: str
    last_day: date
    stage: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class HomeNotices:
    """Everything that home tells besides the reader's tasks."""

    waiting: Waiting | None = None
    to_let_in: int = 0
    unusual: list[Notice] = field(default_factory=list)
    few_holders: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)


def home_notices(*, actor: Actor) -> HomeNotices:
    """What this person must know today; reads nothing of a case."""
    hat = Membership.objects.get(pk=actor.hat.membership_id)
    unusual = key_notices(actor.hat.agency_id)
    waiting = None if hat.admitted_at else _waiting(actor)
    if actor.hat.role not in WATCHING_ROLES:
        return HomeNotices(waiting=waiting, unusual=unusual, endings=_own_end(actor, hat))
    only = actor.hat.agency_id if actor.hat.role is Role.AGENCY_LEAD else None
    rows = watched_rows(only)
    return HomeNotices(
        waiting=waiting,
        to_let_in=0 if waiting else _to_let_in(actor, rows),
        unusual=unusual,
        few_holders=few_holders(rows, only),
        gaps=[each for each in gaps_of(rows) if each.soon],
        endings=endings_of(rows, actor.hat.membership_id),
    )


def admitters_of(agency_id: UUID, rows: Iterable[PersonRow], office_id: UUID | None) -> list[str]:
    """Who may let people in at an agency: its own holders, else the coordination office's."""
    holders = [row for row in rows if row.holds_desk]
    own = [row.name for row in holders if row.agency_id == agency_id]
    office = [row.name for row in holders if row.agency_id == office_id]
    return list(dict.fromkeys(own or office))


def few_holders(rows: Sequence[PersonRow], only: UUID | None) -> list[str]:
    """Agencies whose people work with others and where fewer than two can open what arrives."""
    held = defaultdict(set)
    for row in rows:
        if row.holds_desk:
            held[row.agency_id].add(row.user_id)
    names = agencies_with_people(only, SENDING_ROLES)
    return [name for agency, name in names.items() if len(held[agency]) < FEWEST_HOLDERS]


def gaps_of(rows: Sequence[PersonRow]) -> list[Gap]:
    """The gaps of each agency that has a holder now, the earliest first."""
    today = timezone.localdate()
    last = today + timedelta(days=LOOK_AHEAD_DAYS)
    held: dict[UUID, list[PersonRow]] = defaultdict(list)
    for row in rows:
        if row.holds_desk:
            held[row.agency_id].append(row)
    found = [
        Gap(holders[0].agency_name, days, (days.first - today).days <= TOLD_DAYS_BEFORE)
        for holders in held.values()
        for days in gaps([each.as_holder() for each in holders], first=today, last=last)
    ]
    return sorted(found, key=lambda gap: (gap.days.first, gap.agency_name))


def endings_of(rows: Iterable[PersonRow], own_hat: UUID) -> list[Ending]:
    """Hats that end within 60 days, the earliest first."""
    today = timezone.localdate()
    found = [
        Ending(row.name, row.agency_name, row.ends_on, stage, row.membership_id == own_hat)
        for row in rows
        if row.ends_on and (stage := stage_of(row.ends_on, today))
    ]
    return sorted(found, key=lambda ending: (ending.last_day, ending.name))


def _to_let_in(actor: Actor, rows: Sequence[PersonRow]) -> int:
    """Whom only this actor's desk can let in: a coordinator, those whose agency has no holder."""
    if actor.hat.role not in DESK_ROLES:
        return 0
    if actor.hat.role is Role.AGENCY_LEAD:
        own = waiting_for_admission(actor.hat.agency_id)
        return sum(looks_after(actor, each.role) for each in own)
    with_holders = {row.agency_id for row in rows if row.holds_desk} - {actor.hat.agency_id}
    waiting = [row for row in rows if row.key is KeyState.WAITS and row.role in DESK_ROLES]
    return sum(row.agency_id not in with_holders for row in waiting)


def _waiting(actor: Actor) -> Waiting | None:
    """Who watches or steers opens nothing that is sealed, and need not be told to wait."""
    if actor.hat.role not in SENDING_ROLES:
        return None
    office_id = the_partnership().coordination_office_id
    rows = [row for row in watched_rows(None) if row.user_id != actor.user_id]
    names = admitters_of(actor.hat.agency_id, rows, office_id)
    return Waiting(tuple(names), own_words(actor.keys))


def _own_end(actor: Actor, hat: Membership) -> list[Ending]:
    stage = stage_of(hat.ends_on, timezone.localdate()) if hat.ends_on else None
    if hat.ends_on is None or stage is None:
        return []
    return [Ending(actor.name, actor.hat.agency_name, hat.ends_on, stage, is_own=True)]
