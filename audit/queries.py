"""Reads the access log: events by filter, of an object, of a person; newest first, page by page."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from audit.events import Event, Outcome
from audit.models import AccessEvent
from audit.pseudonyms import IdRange

MAX_PAGE_SIZE = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What is wanted; None does not narrow, an empty collection finds nothing.

    A case is found in its own events and in the lists that showed it. `until` is excluded.
    """

    case_refs: tuple[UUID, ...] | None = None
    object_refs: tuple[UUID, ...] | None = None
    actors: tuple[UUID, ...] | None = None
    agency: UUID | None = None
    actions: frozenset[Event] | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class BadCursor(ValueError):
    """The text is not a place in the log."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the log; what is older lies behind it."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what str() wrote; raises BadCursor."""
        microseconds, _dash, hex_id = text.partition("-")
        try:
            return cls(_EPOCH + int(microseconds) * _MICROSECOND, UUID(hex=hex_id))
        except (ValueError, OverflowError) as error:
            raise BadCursor from error


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of the result: `size` events older than `before`, else the newest."""

    before: Cursor | None = None
    size: int = 50

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_PAGE_SIZE:
            raise ValueError(f"a page has 1 to {MAX_PAGE_SIZE} events")


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event as stored, without its hashes and its sealed detail."""

    id: UUID
    at: datetime
    actor: UUID | None
    hat_agency: UUID | None
    hat_role: str
    action: str
    outcome: str
    reason: str
    purpose: str
    case_ref: UUID | None
    object_ref: UUID | None
    compartment: str
    recipients: tuple[UUID, ...]
    refs: tuple[UUID, ...]
    session_ref: UUID | None
    request_ref: UUID | None
    client_class: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first, and where the older ones begin (None at the end)."""

    events: tuple[LoggedEvent, ...]
    older: Cursor | None


@dataclass(frozen=True, slots=True)
class CommittedEvent:
    """Who made a record and when; what the keeper asks before it opens its lock."""

    actor: UUID | None
    at: datetime


_COLUMNS = tuple(field.name for field in fields(LoggedEvent))
_LISTS = frozenset({"recipients", "refs"})


def events(wanted: EventFilter, *, page: PageRequest | None = None) -> EventPage:
    """One page of the events that fit, in one query."""
    request = page or PageRequest()
    found = _filtered(wanted)
    if request.before is not None:
        at, last_id = request.before.at, request.before.id
        found = found.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=last_id))
    rows = list(found.order_by("-at", "-id").values(*_COLUMNS)[: request.size + 1])
    shown = tuple(_logged(row) for row in rows[: request.size])
    more = len(rows) > request.size
    return EventPage(shown, Cursor(shown[-1].at, shown[-1].id) if more else None)


def events_of_object(object_ref: UUID, *, page: PageRequest | None = None) -> EventPage:
    """What happened to one object."""
    return events(EventFilter(object_refs=(object_ref,)), page=page)


def events_of_actor(actor: UUID, *, page: PageRequest | None = None) -> EventPage:
    """What one person did, by the person's pseudonym in the log."""
    return events(EventFilter(actors=(actor,)), page=page)


def within_agency(wanted: EventFilter, agency: UUID) -> EventFilter:
    """The same filter, narrowed to acts under one agency's hat; another agency's finds nothing."""
    if wanted.agency not in {None, agency}:
        return replace(wanted, actors=())
    return replace(wanted, agency=agency)


def actors_in(ids: IdRange) -> tuple[UUID, ...]:
    """The persons of the log whose pseudonym lies in a range."""
    return _distinct("actor", ids)


def cases_in(ids: IdRange) -> tuple[UUID, ...]:
    """The cases of the log whose pseudonym lies in a range."""
    return _distinct("case_ref", ids)


def committed_event(event_id: UUID) -> CommittedEvent | None:
    """One done event by id, or None."""
    row = (
        AccessEvent.objects.filter(pk=event_id, outcome=Outcome.DONE)
        .values_list("actor", "at")
        .first()
    )
    return CommittedEvent(*row) if row else None


def _distinct(column: str, ids: IdRange) -> tuple[UUID, ...]:
    within = {f"{column}__gte": ids.low, f"{column}__lte": ids.high}
    found = AccessEvent.objects.filter(**within).order_by().values_list(column, flat=True)
    return tuple(found.distinct())


def _filtered(wanted: EventFilter) -> QuerySet[AccessEvent]:
    found: QuerySet[AccessEvent] = AccessEvent.objects.all()
    if wanted.case_refs is not None:
        found = _of_cases(found, wanted.case_refs)
    exact = {
        "object_ref__in": wanted.object_refs,
        "actor__in": wanted.actors,
        "hat_agency": wanted.agency,
        "action__in": wanted.actions,
        "outcome": wanted.outcome,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    return found.filter(**{key: value for key, value in exact.items() if value is not None})


def _of_cases(found: QuerySet[AccessEvent], cases: Iterable[UUID]) -> QuerySet[AccessEvent]:
    refs = [str(case) for case in cases]
    if connection.features.supports_json_field_contains:
        listed = [Q(refs__contains=[ref]) for ref in refs]
    else:
        # SQLite: the list is stored as text, and an id cannot be part of another id.
        found = found.alias(refs_text=Cast("refs", TextField()))
        listed = [Q(refs_text__contains=ref) for ref in refs]
    return found.filter(reduce(or_, listed, Q(case_ref__in=refs)))


def _logged(row: dict[str, object]) -> LoggedEvent:
    values = {
        key: tuple(map(UUID, value)) if key in _LISTS and isinstance(value, list) else value
        for key, value in row.items()
    }
    return LoggedEvent(**values)  # type: ignore[arg-type]  # columns and fields share one list
