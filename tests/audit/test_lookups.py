"""The watchers are watched: who may look up what, and the record of each look-up."""

from dataclasses import replace
from uuid import uuid4

import pytest

from audit import lookups
from audit.events import Event, Outcome
from audit.lookups import LogClosed
from audit.models import AccessEvent
from audit.queries import EventFilter
from audit.record import Origin
from tests.audit.acts import AUDITOR, CASE, DPO, NOBODY, TEACHER, written

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = EventFilter()


def test_auditor_sees_every_agency() -> None:
    events = {written(case_ref=CASE).id, written(origin=replace(TEACHER, hat_agency=uuid4())).id}
    found = lookups.look_up(origin=AUDITOR, wanted=EVERYTHING)
    assert {event.id for event in found.page.events} == events


def test_dpo_sees_the_own_agency_only() -> None:
    own = written(case_ref=CASE)
    other = written(origin=replace(TEACHER, hat_agency=uuid4()), case_ref=CASE)
    found = lookups.look_up(origin=DPO, wanted=EventFilter(case_refs=(CASE,)))
    assert [event.id for event in found.page.events] == [own.id]
    elsewhere = EventFilter(agency=other.hat_agency)
    assert lookups.look_up(origin=DPO, wanted=elsewhere).page.events == ()


def test_look_up_is_recorded_with_what_it_showed() -> None:
    written(case_ref=CASE)
    written(case_ref=CASE)
    wanted = EventFilter(case_refs=(CASE,), actors=(TEACHER.actor,) if TEACHER.actor else ())
    found = lookups.look_up(origin=AUDITOR, wanted=wanted)
    event = AccessEvent.objects.get(id=found.event_id)
    assert (event.action, event.actor) == (Event.LOG_QUERIED, AUDITOR.actor)
    assert (event.case_ref, event.object_ref) == (CASE, TEACHER.actor)
    assert event.refs == [str(CASE)]
    assert event.detail_digest is not None


def test_different_questions_leave_different_digests() -> None:
    first, second = (
        AccessEvent.objects.get(id=lookups.look_up(origin=AUDITOR, wanted=wanted).event_id)
        for wanted in (EVERYTHING, EventFilter(outcome=Outcome.REFUSED))
    )
    assert first.detail_digest != second.detail_digest


@pytest.mark.parametrize(
    "origin",
    [
        TEACHER,
        NOBODY,
        replace(TEACHER, hat_role="PADMIN"),
        replace(TEACHER, hat_role="CHAIR"),
        replace(DPO, hat_agency=None),
    ],
    ids=["teacher", "nobody", "administrator", "chair", "dpo without agency"],
)
def test_other_hats_are_refused_on_record(origin: Origin) -> None:
    for attempt in (
        lambda: lookups.look_up(origin=origin, wanted=EVERYTHING),
        lambda: lookups.refuse_filter(origin=origin),
        lambda: lookups.require_reach(origin=origin),
    ):
        with pytest.raises(LogClosed):
            attempt()
    refusals = AccessEvent.objects.filter(action=Event.PAGE_REFUSED, outcome=Outcome.REFUSED)
    assert refusals.filter(actor=origin.actor, reason="log_closed").count() == 3


def test_unreadable_filter_is_recorded() -> None:
    found = lookups.refuse_filter(origin=AUDITOR)
    event = AccessEvent.objects.get(id=found.event_id)
    assert (event.action, event.outcome) == (Event.LOG_QUERIED, Outcome.REFUSED)
    assert found.page.events == ()


def test_own_record_shows_own_acts_only() -> None:
    own = written(case_ref=CASE)
    written(Event.LOG_QUERIED, AUDITOR, object_ref=TEACHER.actor)
    found = lookups.look_up_own(origin=TEACHER)
    assert [event.id for event in found.page.events] == [own.id]
    assert AccessEvent.objects.get(id=found.event_id).action == Event.OWN_RECORD_SHOWN


def test_nobody_has_no_own_record() -> None:
    with pytest.raises(LogClosed):
        lookups.look_up_own(origin=NOBODY)
