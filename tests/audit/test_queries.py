"""Reading the log: by case, person, agency, act, outcome and time; page by page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from audit import queries
from audit.events import Event, Outcome
from audit.models import AccessEvent
from audit.pseudonyms import ids_named, pseudonym
from audit.queries import BadCursor, Cursor, EventFilter, PageRequest
from tests.audit.acts import CASE, DPO, TEACHER, written

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_CASE = uuid4()


def _ids(wanted: EventFilter, page: PageRequest | None = None) -> list[UUID]:
    return [event.id for event in queries.events(wanted, page=page).events]


def test_case_is_found_in_its_events_and_in_lists() -> None:
    read = written(case_ref=CASE)
    listed = written(Event.LIST_SHOWN, refs=[OTHER_CASE, CASE])
    written(case_ref=OTHER_CASE)
    written(Event.LIST_SHOWN, refs=[OTHER_CASE])
    assert _ids(EventFilter(case_refs=(CASE,))) == [listed.id, read.id]


@pytest.mark.parametrize(
    "wanted",
    [
        {"actors": (TEACHER.actor,)},
        {"agency": TEACHER.hat_agency},
        {"actions": frozenset({Event.ITEM_READ})},
        {"outcome": Outcome.DONE},
        {"object_refs": (CASE,)},
    ],
    ids=lambda wanted: next(iter(wanted)),
)
def test_filter_narrows(wanted: dict[str, Any]) -> None:
    fits = written(Event.ITEM_READ, object_ref=CASE)
    stranger = replace(DPO, hat_agency=uuid4())
    written(Event.PART_READ, stranger, outcome=Outcome.REFUSED, object_ref=OTHER_CASE)
    assert _ids(EventFilter(**wanted)) == [fits.id]


def test_period_includes_its_beginning_and_excludes_its_end() -> None:
    at = written().at
    assert _ids(EventFilter(since=at))
    assert not _ids(EventFilter(until=at))
    assert _ids(EventFilter(until=at + timedelta(microseconds=1)))


@pytest.mark.parametrize(
    "wanted", [{"actors": ()}, {"case_refs": ()}, {"actions": frozenset()}], ids=str
)
def test_empty_collection_finds_nothing(wanted: dict[str, Any]) -> None:
    written(case_ref=CASE)
    assert _ids(EventFilter(**wanted)) == []


def test_event_is_given_back_as_written() -> None:
    reader, shown = uuid4(), uuid4()
    written(Event.SHARE_MADE, case_ref=CASE, recipients=[reader], refs=[shown], purpose="INTAKE")
    (event,) = queries.events(EventFilter()).events
    assert (event.recipients, event.refs) == ((reader,), (shown,))
    assert (event.case_ref, event.action, event.purpose) == (CASE, "share.made", "INTAKE")


def test_pages_show_every_event_once() -> None:
    all_ids = [written().id for _ in range(7)][::-1]
    seen: list[UUID] = []
    place: Cursor | None = None
    for _ in range(4):
        page = queries.events(EventFilter(), page=PageRequest(place, size=2))
        seen += [event.id for event in page.events]
        place = Cursor.parse(str(page.older)) if page.older else None
        written()
    assert place is None
    assert seen == all_ids


def _twin(event: AccessEvent) -> UUID:
    """The same row under another id, at the same microsecond."""
    twin = uuid4()
    columns = ", ".join(str(field.column) for field in event._meta.fields if field.name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_accessevent (id, {columns}) "
            f"SELECT %s, {columns} FROM audit_accessevent WHERE id = %s",
            [twin.hex, event.id.hex],
        )
    return twin


def test_events_of_one_instant_are_not_lost_between_pages() -> None:
    event = written()
    ids = {event.id, _twin(event), _twin(event)}
    first = queries.events(EventFilter(), page=PageRequest(size=2))
    assert first.older is not None
    second = queries.events(EventFilter(), page=PageRequest(first.older, size=2))
    assert len(first.events) == 2
    assert {each.id for each in first.events + second.events} == ids


@pytest.mark.parametrize("text", ["", "7", "x-y", "1-", f"{10**30}-{0:032x}", "1-" + "g" * 32])
def test_bad_place_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.parse(text)


def test_place_at_the_edges_of_time_is_harmless() -> None:
    written()
    for at in (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)):
        _ids(EventFilter(), PageRequest(Cursor(at, uuid4())))


@pytest.mark.parametrize("size", [0, 201])
def test_page_size_has_bounds(size: int) -> None:
    with pytest.raises(ValueError, match="a page has"):
        PageRequest(size=size)


def test_object_and_actor_have_their_own_queries() -> None:
    event = written(object_ref=CASE)
    written(origin=DPO)
    assert TEACHER.actor is not None
    for page in (queries.events_of_object(CASE), queries.events_of_actor(TEACHER.actor)):
        assert [each.id for each in page.events] == [event.id]


def test_pseudonym_finds_persons_and_cases() -> None:
    written(case_ref=CASE)
    written(case_ref=CASE)
    assert TEACHER.actor is not None
    assert queries.actors_in(ids_named(pseudonym(TEACHER.actor))) == (TEACHER.actor,)
    assert queries.cases_in(ids_named(pseudonym(CASE))) == (CASE,)
    assert queries.cases_in(ids_named(pseudonym(uuid4()))) == ()


def test_one_page_takes_one_query(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(5):
        written(case_ref=CASE, refs=[CASE])
    with django_assert_max_num_queries(1):
        queries.events(EventFilter(case_refs=(CASE,)), page=PageRequest(size=2))


def test_committed_event_says_who_and_when() -> None:
    event = written()
    found = queries.committed_event(event.id)
    assert found is not None
    assert (found.actor, found.at) == (TEACHER.actor, event.at)


def test_refused_or_unknown_event_opens_nothing() -> None:
    refused = written(outcome=Outcome.REFUSED)
    assert queries.committed_event(refused.id) is None
    assert queries.committed_event(uuid4()) is None
