"""Shows people, hats and keys to those who look after them; nothing of any case."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import (
    Colleague,
    desk_holders,
    the_partnership,
    unended_memberships,
    waiting_for_admission,
)
from accounts.queries.keys import Words, words_of
from accounts.queries.people import PersonRow, people_rows, person_row, watched_rows
from accounts.roles import DESK_ROLES, Role
from accounts.services.notices import admitters_of
from accounts.services.people import (
    is_admitted,
    looks_after,
    may_admit,
    may_manage,
    may_manage_agency,
)
from accounts.services.planning import may_plan_leave
from audit.events import Event, Outcome
from audit.record import record
from casework.errors import AccessDenied
from casework.queries.people_counts import open_tasks_of
from casework.services.leaving import may_replace_key, may_suspend
from casework.services.send_again import waiting_for_key

# Who may see the page of a hat.
_Rule = Callable[[Actor, Membership], bool]


@dataclass(frozen=True, slots=True)
class ToLetIn:
    """Somebody who waits, with the words to compare by telephone."""

    person: Colleague
    words: Words


@dataclass(frozen=True, slots=True)
class AgencyPeople:
    """The people of one agency, and who may let others in there."""

    agency_id: UUID
    name: str
    rows: list[PersonRow]
    admitters: list[str]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Who waits for this actor, and everybody whom this actor looks after."""

    waiting: list[ToLetIn]
    agencies: list[AgencyPeople]
    may_manage: bool
    own_hat: UUID
    office_id: UUID | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person in one hat: what may be done, and what ending the hat would do."""

    row: PersonRow
    other_hats: list[PersonRow]
    is_own: bool
    may_manage: bool
    may_admit: bool
    may_suspend: bool
    may_replace_key: bool
    open_tasks: int
    holders_after: list[str]
    to_send_again: int
    admitters: list[str]


def show_people(*, actor: Actor) -> PeoplePage:
    """Everybody who acts for the own agency, for coordinators and administrators for all."""
    if not may_manage_agency(actor, actor.hat.agency_id):
        _refuse(actor, None)
    only = actor.hat.agency_id if actor.hat.role is Role.AGENCY_LEAD else None
    office_id = the_partnership().coordination_office_id
    # Words are made dear on purpose: before BEGIN, so that nobody waits for them.
    waiting = _to_let_in(actor, only)
    with transaction.atomic(durable=True):
        rows = people_rows(only)
        page = PeoplePage(
            waiting=waiting,
            agencies=_by_agency(rows, rows if only is None else watched_rows(None), office_id),
            may_manage=actor.hat.role is Role.PADMIN or is_admitted(actor),
            own_hat=actor.hat.membership_id,
            office_id=office_id,
        )
        record(actor.origin, Event.PEOPLE_LISTED)
    return page


def show_person(*, actor: Actor, membership_id: UUID) -> PersonPage:
    """One hat, for its wearer and for whoever looks after them. Raises AccessDenied."""
    return _show(actor, membership_id, may_plan_leave)


def show_managed(*, actor: Actor, membership_id: UUID) -> PersonPage:
    """One hat, for whoever may end it. Raises AccessDenied."""
    return _show(actor, membership_id, may_manage)


def show_admitted(*, actor: Actor, membership_id: UUID) -> PersonPage:
    """One hat, for whoever may let its wearer in. Raises AccessDenied."""
    return _show(actor, membership_id, may_admit)


def _show(actor: Actor, membership_id: UUID, may: _Rule) -> PersonPage:
    with transaction.atomic(durable=True):
        membership = unended_memberships().filter(pk=membership_id).first()
        row = person_row(membership_id)
        allowed = membership is not None and may(actor, membership)
        if membership is None or row is None or not allowed:
            page = None
            _record_refusal(actor, membership_id)
        else:
            page = _person_page(actor, membership, row)
            record(actor.origin, Event.PEOPLE_LISTED, object_ref=membership_id)
    if page is None:
        raise AccessDenied("may_not_manage")
    return page


def _person_page(actor: Actor, membership: Membership, row: PersonRow) -> PersonPage:
    manages = may_manage(actor, membership)
    desk = desk_holders(membership.agency_id)
    sees_all = actor.hat.role is not Role.AGENCY_LEAD
    others = [each for each in people_rows(None) if each.user_id == row.user_id] if sees_all else []
    return PersonPage(
        row=row,
        other_hats=[each for each in others if each.membership_id != row.membership_id],
        is_own=membership.user_id == actor.user_id,
        may_manage=manages,
        may_admit=may_admit(actor, membership),
        may_suspend=manages and may_suspend(actor=actor, user_id=row.user_id),
        may_replace_key=may_replace_key(actor=actor, user_id=row.user_id),
        open_tasks=open_tasks_of([row.membership_id], seen_by=actor.user_id),
        holders_after=[each.user.name for each in desk if each.pk != membership.pk],
        to_send_again=waiting_for_key(actor=actor, user_id=row.user_id) if manages else 0,
        admitters=admitters_of(
            row.agency_id, watched_rows(None), the_partnership().coordination_office_id
        ),
    )


def _to_let_in(actor: Actor, only: UUID | None) -> list[ToLetIn]:
    if actor.hat.role not in DESK_ROLES or not is_admitted(actor):
        return []
    waiting = [
        each
        for each in waiting_for_admission(only)
        if each.user_id != actor.user_id and looks_after(actor, each.role)
    ]
    words = words_of({each.user_id for each in waiting})
    return [ToLetIn(each, words[each.user_id]) for each in waiting]


def _by_agency(
    rows: list[PersonRow], holders: list[PersonRow], office_id: UUID | None
) -> list[AgencyPeople]:
    groups: dict[UUID, list[PersonRow]] = defaultdict(list)
    for row in rows:
        groups[row.agency_id].append(row)
    return [
        AgencyPeople(
            agency_id, found[0].agency_name, found, admitters_of(agency_id, holders, office_id)
        )
        for agency_id, found in groups.items()
    ]


def _refuse(actor: Actor, about: UUID | None) -> NoReturn:
    with transaction.atomic(durable=True):
        _record_refusal(actor, about)
    raise AccessDenied("may_not_manage")


def _record_refusal(actor: Actor, about: UUID | None) -> None:
    record(
        actor.origin,
        Event.PEOPLE_LISTED,
        outcome=Outcome.REFUSED,
        reason="may_not_manage",
        object_ref=about,
    )
