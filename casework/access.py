"""The only place that decides who may read what and who may do what on a case.

Reading an item takes five things at once: a running case role of this hat, a part that the role
may get, no bar, a share's key that this person can open, and a hat that runs (the actor has one).
`readable` is that rule; the check, the list and "who can read this" all come from it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Protocol
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import live_memberships
from accounts.roles import Role
from casework.access_matrix import (
    ACTS,
    CASE_ROLE_HATS,
    CASE_ROLE_READS,
    Act,
    named_only,
    readable_compartments,
)
from casework.choices import BarSource, CaseRoleKind, RoleEnd
from casework.errors import AccessDenied
from casework.models import Case, CaseRole, EndedCaseRole, Exclusion, Item, Share

# The codename of a role's permission, and from when until when it runs.
_RoleRow = tuple[str, datetime, datetime | None]


class Reason(StrEnum):
    """Why a decision fell as it did."""

    ROLE = "role"
    NO_ROLE = "no_role"
    NOT_YET = "role_not_yet"
    ENDED = "role_ended"
    BARRED = "barred"
    NOT_IN_ROLE = "act_not_in_role"
    NOT_READABLE = "not_readable"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an act is allowed and why; `kind` is the case role that carries it."""

    allowed: bool
    reason: Reason
    kind: CaseRoleKind | None = None


class Readable(Protocol):
    """What the rule asks of an item, whether it is a row or was opened already."""

    @property
    def id(self) -> UUID:
        """The item's id."""

    @property
    def case_id(self) -> UUID:
        """Its case, on which the roles are."""

    @property
    def compartment(self) -> str:
        """Its part, of which the matrix speaks."""

    @property
    def current(self) -> int:
        """The version whose keys count."""


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One person who can read one item now, and what lets them."""

    item_id: UUID
    user_id: UUID
    hat_id: UUID
    kind: CaseRoleKind
    by_name: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """One running role of a live hat on a case, of somebody who is not barred."""

    case_id: UUID
    user_id: UUID
    hat_id: UUID
    agency_id: UUID
    kind: CaseRoleKind


@dataclass(frozen=True, slots=True)
class _Keys:
    """Who holds a live key of one version: people by name, and (agency, person) by a ring."""

    people: set[UUID] = field(default_factory=set)
    desk: set[tuple[UUID, UUID]] = field(default_factory=set)


def decide(actor: Actor, act: Act, case_id: UUID) -> Decision:
    """Whether this actor may do `act` on a case. Unknown and forbidden cases look alike."""
    carriers = {kind.value for kind in ACTS[act]}
    now = timezone.now()
    rows = _own_role_rows(actor, case_id)
    if _bars(actor, case_id):
        return Decision(allowed=False, reason=Reason.BARRED)
    for codename, since, until in rows:
        if codename in carriers and _runs(since, until, now):
            return Decision(allowed=True, reason=Reason.ROLE, kind=CaseRoleKind(codename))
    return Decision(allowed=False, reason=_why_not(rows, carriers, now))


def roles_on(actor: Actor, case_id: UUID) -> frozenset[CaseRoleKind]:
    """What this hat is on a case now: the roles by which `decide` allows; none for the barred."""
    mine = _own_running_roles(actor).filter(content_object_id=case_id)
    codes = mine.values_list("permission__codename", flat=True)
    return frozenset(CaseRoleKind(code) for code in codes)


def readable(actor: Actor) -> QuerySet[Item]:
    """The items that this actor may read and whose key this actor can open.

    Narrow it to an item: the keys are looked up for each one that is left.
    """
    by_name, by_ring = _held_keys(actor)
    # One filter call: all conditions on roles must hold for the same role row.
    rule = _parts_of_roles() & (by_name | (_parts_of_rings() & by_ring))
    barred = Exclusion.objects.filter(case=OuterRef("case_id"), user_id=actor.user_id)
    return Item.objects.filter(_own_running_role(actor) & rule, ~Exists(barred)).distinct()


def readable_on(actor: Actor, case_id: UUID) -> QuerySet[Item]:
    """`readable` on one case: its roles are looked up first, so the databases plan less."""
    roles = roles_on(actor, case_id)
    by_name, by_ring = _held_keys(actor)
    parts = {part for kind in roles for part in readable_compartments(kind)}
    of_rings = {part for kind in roles for part in readable_compartments(kind) - named_only(kind)}
    rule = (Q(compartment__in=parts) & by_name) | (Q(compartment__in=of_rings) & by_ring)
    return Item.objects.filter(rule, case_id=case_id)


def visible_cases(actor: Actor, kinds: Iterable[CaseRoleKind]) -> QuerySet[CaseRole, UUID]:
    """The ids of the cases on which this hat holds one of these roles now, without barred ones.

    They come from the table of roles alone, for `case__in` in lists.
    """
    mine = _own_running_roles(actor).filter(permission__codename__in=[kind.value for kind in kinds])
    return mine.values_list("content_object_id", flat=True)


def readers_of(items: Iterable[Readable]) -> list[ReaderRow]:
    """Everybody who can read these items now: the rule of `readable`, asked from the other side."""
    wanted = list(items)
    return readers_among(holders_on({item.case_id for item in wanted}), wanted)


def readers_among(holders: Collection[Holder], items: Collection[Readable]) -> list[ReaderRow]:
    """Who of these, the holders of roles on the items' cases, can read the items now."""
    keys = _live_keys([item.id for item in items])
    return [
        row
        for item in items
        for row in _readers(item, holders, keys.get((item.id, item.current), _Keys()))
    ]


def holders_on(case_ids: Collection[UUID]) -> list[Holder]:
    """Everybody who works on these cases now; nobody who is barred or whose hat has ended."""
    now = timezone.now()
    barred = Exclusion.objects.filter(
        case_id=OuterRef("case_roles__content_object_id"), user_id=OuterRef("user_id")
    )
    # One filter call: all conditions on roles must hold for the same role row.
    hats = live_memberships().filter(
        ~Exists(barred),
        Q(case_roles__until__isnull=True) | Q(case_roles__until__gt=now),
        case_roles__since__lte=now,
        case_roles__content_object_id__in=case_ids,
    )
    columns = ("content_object_id", "user_id", "hat_id", "permission__codename")
    rows = hats.values_list(*(f"case_roles__{name}" for name in columns), "agency_id")
    return [
        Holder(case_id, user_id, hat_id, agency_id, CaseRoleKind(code))
        for case_id, user_id, hat_id, code, agency_id in rows
    ]


def grant(
    *,
    case: Case,
    hat: Membership,
    kind: CaseRoleKind,
    since: datetime,
    reason: str,
    granted_by: UUID,
    until: datetime | None = None,
) -> CaseRole:
    """Give a case role: the only writer of case roles. Refuses a barred person and a wrong hat."""
    if Role(hat.role) not in CASE_ROLE_HATS[kind]:
        raise AccessDenied("hat_cannot_hold_role")
    if is_barred(case, hat.user_id):
        raise AccessDenied(Reason.BARRED)
    permission = Permission.objects.get(
        content_type__app_label="casework", content_type__model="case", codename=kind.value
    )
    role: CaseRole
    role, _created = CaseRole.every.get_or_create(
        user_id=hat.user_id,
        permission=permission,
        content_object=case,
        hat=hat,
        defaults={"since": since, "until": until, "reason": reason, "granted_by": granted_by},
    )
    return role


def end_roles(
    *, case: Case, kind: CaseRoleKind, reason: RoleEnd, user_id: UUID | None = None
) -> list[CaseRole]:
    """End the roles of one kind on a case: rows go, EndedCaseRole keeps what was."""
    rows = CaseRole.every.filter(content_object=case, permission__codename=kind.value)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    return _end(rows, reason)


def end_roles_of(*, hat: Membership, reason: RoleEnd) -> list[CaseRole]:
    """End every role that a hat has on any case, begun or not."""
    return _end(CaseRole.every.filter(hat=hat), reason)


def _end(rows: QuerySet[CaseRole], reason: RoleEnd) -> list[CaseRole]:
    ended = list(rows.select_related("user", "permission", "content_object"))
    now = timezone.now()
    EndedCaseRole.objects.bulk_create(
        EndedCaseRole(
            case=row.content_object,
            user_id=row.user_id,
            hat_id=row.hat_id,
            kind=row.permission.codename,
            since=row.since,
            ended_at=now,
            end_reason=reason,
            granted_by=row.granted_by,
        )
        for row in ended
    )
    rows.delete()
    return ended


def bar(*, case: Case, user_id: UUID, source: BarSource) -> None:
    """Bar a person from a case: every role there ends and every key by name goes at once."""
    Exclusion.objects.get_or_create(case=case, user_id=user_id, defaults={"source": source})
    for kind in CaseRoleKind:
        end_roles(case=case, kind=kind, reason=RoleEnd.BARRED, user_id=user_id)
    Share.objects.filter(item__case=case, member_key__user_id=user_id).delete()


def is_barred(case: Case, user_id: UUID) -> bool:
    """Whether somebody must find no trace of this case."""
    return Exclusion.objects.filter(case=case, user_id=user_id).exists()


def move_start(role: CaseRole, since: datetime) -> None:
    """Let a role begin at another time (an agency check ended early)."""
    role.since = since
    role.save(update_fields=["since"])


def holders_of(case: Case, kind: CaseRoleKind) -> list[CaseRole]:
    """The running or coming roles of one kind on a case, of people whose hat still runs."""
    return list(
        CaseRole.every.select_related("user", "hat", "hat__agency").filter(
            content_object=case, permission__codename=kind.value, hat__in=live_memberships()
        )
    )


def _running_roles(now: datetime) -> QuerySet[CaseRole]:
    return CaseRole.every.filter(Q(until__isnull=True) | Q(until__gt=now), since__lte=now)


def _own_running_roles(actor: Actor) -> QuerySet[CaseRole]:
    """The running roles of this hat, on no case from which the person is barred."""
    barred = Exclusion.objects.filter(user_id=actor.user_id).values("case_id")
    mine = _running_roles(timezone.now()).filter(
        user_id=actor.user_id, hat_id=actor.hat.membership_id
    )
    return mine.exclude(content_object_id__in=barred)


def _held_keys(actor: Actor) -> tuple[Exists, Exists]:
    """Whether the actor holds a key of an item's current version: by name, by an own ring."""
    shares = Share.objects.filter(item=OuterRef("pk"), version=OuterRef("current"))
    wraps = shares.filter(
        ring__agency_id=actor.hat.agency_id, ring__epochs__wraps__member_key_id=actor.keys.id
    )
    return Exists(shares.filter(member_key_id=actor.keys.id)), Exists(wraps)


def _own_running_role(actor: Actor) -> Q:
    now = timezone.now()
    return Q(
        Q(case__roles__until__isnull=True) | Q(case__roles__until__gt=now),
        case__roles__user_id=actor.user_id,
        case__roles__hat_id=actor.hat.membership_id,
        case__roles__since__lte=now,
    )


@cache
def _parts_of_roles() -> Q:
    """The parts that each case role may get at all."""
    rule = Q(pk__in=())
    for kind in CASE_ROLE_READS:
        parts = sorted(readable_compartments(kind))
        rule |= Q(case__roles__permission__codename=kind.value, compartment__in=parts)
    return rule


@cache
def _parts_of_rings() -> Q:
    """Not what opens for a named person only; to be joined with the parts of the same role."""
    code = "case__roles__permission__codename"
    careful = [kind for kind in CASE_ROLE_READS if named_only(kind)]
    rule = Q(**{f"{code}__in": sorted(set(CASE_ROLE_READS) - set(careful))})
    for kind in careful:
        rule |= Q(~Q(compartment__in=sorted(named_only(kind))), **{code: kind.value})
    return rule


def _own_role_rows(actor: Actor, case_id: UUID) -> list[_RoleRow]:
    rows = CaseRole.every.filter(
        user_id=actor.user_id, hat_id=actor.hat.membership_id, content_object_id=case_id
    )
    return list(rows.values_list("permission__codename", "since", "until"))


def _bars(actor: Actor, case_id: UUID) -> bool:
    return Exclusion.objects.filter(case_id=case_id, user_id=actor.user_id).exists()


def _runs(since: datetime, until: datetime | None, now: datetime) -> bool:
    return since <= now and (until is None or until > now)


def _why_not(rows: list[_RoleRow], carriers: set[str], now: datetime) -> Reason:
    if not rows:
        return Reason.NO_ROLE
    carrying = [(since, until) for codename, since, until in rows if codename in carriers]
    if not carrying:
        return Reason.NOT_IN_ROLE
    return Reason.NOT_YET if all(since > now for since, _until in carrying) else Reason.ENDED


def _live_keys(item_ids: list[UUID]) -> dict[tuple[UUID, int], _Keys]:
    """Who holds a key of each version of these items, by name or through a ring."""
    wraps = "ring__epochs__wraps__member_key"
    people = ("member_key__user_id", "member_key__retired_at")
    desk = ("ring__agency_id", f"{wraps}__user_id", f"{wraps}__retired_at")
    rows = Share.objects.filter(item__in=item_ids).values_list("item", "version", *people, *desk)
    found: dict[tuple[UUID, int], _Keys] = {}
    for item_id, version, person, person_retired, agency_id, holder, holder_retired in rows:
        keys = found.setdefault((item_id, version), _Keys())
        if person is not None and person_retired is None:
            keys.people.add(person)
        if holder is not None and holder_retired is None:
            keys.desk.add((agency_id, holder))
    return found


def _readers(item: Readable, holders: Collection[Holder], keys: _Keys) -> Iterator[ReaderRow]:
    """Each person and hat once, by the first of their roles that lets them read."""
    seen: set[UUID] = set()
    for each in holders:
        if each.case_id != item.case_id or each.hat_id in seen:
            continue
        if item.compartment not in readable_compartments(each.kind):
            continue
        by_name = each.user_id in keys.people
        unnamed = item.compartment not in named_only(each.kind)
        if by_name or (unnamed and (each.agency_id, each.user_id) in keys.desk):
            seen.add(each.hat_id)
            yield ReaderRow(item.id, each.user_id, each.hat_id, each.kind, by_name)
