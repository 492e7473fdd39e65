"""The filter as people type it, at and beyond its limits."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit.events import Event, Kind, Outcome, events_of_kind
from audit.forms import LogFilterForm, PlaceForm
from audit.pseudonyms import pseudonym
from audit.queries import Cursor, EventFilter
from tests.audit.acts import CASE, TEACHER, written

pytestmark = pytest.mark.django_db(transaction=True)

SCHOOL = UUID("3b9aca00-0000-4000-8000-0000000000a1")
AGENCIES = {SCHOOL: "Lycée Gandon", uuid4(): "police"}


def _form(**typed: str) -> LogFilterForm:
    return LogFilterForm(typed, agencies=AGENCIES)


def _wanted(**typed: str) -> EventFilter:
    form = _form(**typed)
    assert form.is_valid(), form.errors
    return form.wanted()


def test_empty_form_wants_everything() -> None:
    assert _wanted() == EventFilter()


def test_names_are_looked_up() -> None:
    written(case_ref=CASE)
    assert TEACHER.actor is not None
    wanted = _wanted(case=pseudonym(CASE), person=pseudonym(TEACHER.actor))
    assert (wanted.case_refs, wanted.actors) == ((CASE,), (TEACHER.actor,))


def test_name_that_nobody_bears_finds_nothing() -> None:
    assert _wanted(person=pseudonym(uuid4())).actors == ()


def test_kind_stands_for_all_its_words() -> None:
    assert _wanted(act=Kind.READING).actions == frozenset(events_of_kind(Kind.READING))
    assert _wanted(act=Event.ITEM_READ).actions == frozenset({Event.ITEM_READ})


def test_agency_and_outcome_are_taken_over() -> None:
    wanted = _wanted(agency=str(SCHOOL), outcome="refused")
    assert (wanted.agency, wanted.outcome) == (SCHOOL, Outcome.REFUSED)


def test_days_count_in_local_time_and_to_their_end() -> None:
    wanted = _wanted(since="2026-11-20", until="2026-11-20")
    assert wanted.since == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_first_and_last_possible_day_can_be_asked() -> None:
    _wanted(since="2000-01-01", until="2999-12-30")


@pytest.mark.parametrize(
    "typed",
    [
        {"case": "Teo L."},
        {"case": "x" * 61},
        {"person": "7EDC"},
        {"person": "\x00" * 8},
        {"agency": "00000000-0000-4000-8000-000000000001"},
        {"agency": "police"},
        {"act": "item.glanced_at"},
        {"act": "everything"},
        {"outcome": "maybe"},
        {"since": "yesterday"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "2026-11-20", "until": "2026-11-19"},
        {"before": "1"},
        {"before": "9" * 61},
    ],
    ids=str,
)
def test_bad_input_is_named_at_its_field(typed: dict[str, Any]) -> None:
    form = _form(**typed)
    assert not form.is_valid()
    assert set(form.errors) <= set(typed)


def test_place_is_read_back() -> None:
    event = written()
    form = PlaceForm({"before": str(Cursor(event.at, event.id))})
    assert form.is_valid()
    assert form.page().before == Cursor(event.at, event.id)
