"""Acts on the log itself: who may look something up, and the record that each look-up leaves."""

import hashlib
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from audit import queries
from audit.events import Event, Outcome
from audit.queries import EventFilter, EventPage, PageRequest
from audit.record import Origin, record

# The auditor sees the whole log, a data protection officer what was done for the own agency.
WHOLE_LOG_ROLES = frozenset({"AUDITOR"})
OWN_AGENCY_ROLES = frozenset({"DPO"})


class LogClosed(Exception):
    """This hat does not open the log; the attempt is on record."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was found, and the event that says so."""

    event_id: UUID
    page: EventPage


def only_agency(origin: Origin) -> UUID | None:
    """The one agency to which a hat's reach is narrowed; None for the whole log."""
    return None if origin.hat_role in WHOLE_LOG_ROLES else origin.hat_agency


def require_reach(*, origin: Origin) -> None:
    """Return for a hat that opens the log; else record the attempt and raise LogClosed."""
    if origin.hat_role in WHOLE_LOG_ROLES:
        return
    if origin.hat_role in OWN_AGENCY_ROLES and origin.hat_agency is not None:
        return
    _refuse(origin)


def look_up(*, origin: Origin, wanted: EventFilter, page: PageRequest | None = None) -> LookUp:
    """Find events within the hat's reach and record the look-up with the cases it showed.

    The record holds the case and person asked for (when one), and the digest of the whole filter.
    Raises LogClosed.
    """
    require_reach(origin=origin)
    agency = only_agency(origin)
    asked = wanted if agency is None else queries.within_agency(wanted, agency)
    with transaction.atomic(durable=True):
        found = queries.events(asked, page=page)
        event_id = record(
            origin,
            Event.LOG_QUERIED,
            case_ref=_only(wanted.case_refs),
            object_ref=_only(wanted.actors) or _only(wanted.object_refs),
            refs=_cases_shown(found),
            detail_digest=_digest_of(wanted),
        )
    return LookUp(event_id, found)


def refuse_filter(*, origin: Origin) -> LookUp:
    """Record a look-up whose filter could not be read; it finds nothing. Raises LogClosed."""
    require_reach(origin=origin)
    with transaction.atomic(durable=True):
        event_id = record(
            origin, Event.LOG_QUERIED, outcome=Outcome.REFUSED, reason="filter_unreadable"
        )
    return LookUp(event_id, EventPage((), None))


def look_up_own(*, origin: Origin, page: PageRequest | None = None) -> LookUp:
    """What the actor did, for the actor. Raises LogClosed when nobody is signed in."""
    if origin.actor is None:
        _refuse(origin)
    with transaction.atomic(durable=True):
        found = queries.events_of_actor(origin.actor, page=page)
        event_id = record(
            origin, Event.OWN_RECORD_SHOWN, object_ref=origin.actor, refs=_cases_shown(found)
        )
    return LookUp(event_id, found)


def _refuse(origin: Origin) -> NoReturn:
    with transaction.atomic(durable=True):
        record(origin, Event.PAGE_REFUSED, outcome=Outcome.REFUSED, reason="log_closed")
    raise LogClosed


def _only(values: tuple[UUID, ...] | None) -> UUID | None:
    return values[0] if values and len(values) == 1 else None


def _cases_shown(found: EventPage) -> tuple[UUID, ...]:
    cases = (event.case_ref for event in found.events)
    return tuple(dict.fromkeys(case for case in cases if case is not None))


def _digest_of(wanted: EventFilter) -> bytes:
    """A commitment to the filter: a question named later can be checked against it."""
    parts = (
        ",".join(map(str, wanted.case_refs)) if wanted.case_refs is not None else "*",
        ",".join(map(str, wanted.object_refs)) if wanted.object_refs is not None else "*",
        ",".join(map(str, wanted.actors)) if wanted.actors is not None else "*",
        str(wanted.agency or "*"),
        ",".join(sorted(wanted.actions)) if wanted.actions is not None else "*",
        str(wanted.outcome or "*"),
        wanted.since.isoformat() if wanted.since else "*",
        wanted.until.isoformat() if wanted.until else "*",
    )
    return hashlib.sha256("\n".join(("confer-log/filter/1", *parts)).encode()).digest()
