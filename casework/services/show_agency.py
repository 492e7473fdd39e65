"""Shows what an agency's leaving would do, before it is done; nothing of any case."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from accounts.queries.people import people_rows
from audit.events import Event, Outcome
from audit.record import record
from casework.errors import AccessDenied
from casework.queries.people_counts import open_tasks_of
from casework.services.leaving import agency_to_close


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """How many people and tasks an agency has, and who holds its desk's key."""

    agency_id: UUID
    name: str
    people: int
    holders: list[str]
    open_tasks: int


def show_agency(*, actor: Actor, agency_id: UUID) -> AgencyPage:
    """The consequences, for a coordinator or administrator. Raises AccessDenied."""
    with transaction.atomic(durable=True):
        agency = agency_to_close(actor, agency_id)
        rows = people_rows(agency_id) if agency else []
        record(
            actor.origin,
            Event.PEOPLE_LISTED,
            outcome=Outcome.DONE if agency else Outcome.REFUSED,
            reason="" if agency else "may_not_close",
            object_ref=agency_id,
        )
    if agency is None:
        raise AccessDenied("may_not_close")
    return AgencyPage(
        agency_id=agency_id,
        name=agency.name,
        people=len({row.user_id for row in rows}),
        holders=[row.name for row in rows if row.holds_desk],
        open_tasks=open_tasks_of([row.membership_id for row in rows], seen_by=actor.user_id),
    )
