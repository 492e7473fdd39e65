"""Look-ups in the log: filters, pages, reach, pseudonyms only, and the record of each look-up."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.serializers import EventSerializer
from audit.events import Event, Outcome
from audit.models import AccessEvent
from audit.pseudonyms import case_pseudonym, pseudonym_code
from audit.queries import LoggedEvent
from tests.api.calls import Caller, last_event, places, problem, referral
from tests.audit.acts import written
from tests.world import World


@pytest.fixture
def sent(maud: Caller) -> dict[str, Any]:
    """One referral of Maud's, so that the log holds a case."""
    told: dict[str, Any] = maud.send(referral()).json()
    return told


def found(caller: Caller, **filters: Any) -> list[dict[str, Any]]:
    """The events of a look-up."""
    answer = caller.get("api_access_events", **filters)
    assert answer.status_code == 200, answer.content
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def test_event_is_told_in_codes_and_words(world: World, nora: Caller, sent: dict[str, Any]) -> None:
    case_ref = last_event(Event.REFERRAL_SUBMITTED).case_ref
    assert case_ref is not None
    (event,) = found(nora, act="referral.submitted")
    assert event == {
        "id": str(last_event(Event.REFERRAL_SUBMITTED).pk),
        "at": event["at"],
        "person": pseudonym_code(world.maud.user.log_ref),
        "agency_id": str(world.agencies["school"].pk),
        "agency": "Lycée Gandon",
        "role": "FRONTLINE",
        "act": "referral.submitted",
        "act_text": "Referral sent",
        "outcome": "done",
        "reason": "SUBMITTED",
        "purpose": "INTAKE",
        "part": "",
        "case": pseudonym_code(case_ref),
        "object": pseudonym_code(UUID(sent["id"])),
        "recipients": event["recipients"],
        "entries": 3,
    }
    recipients = last_event(Event.REFERRAL_SUBMITTED).recipients
    assert event["recipients"] == [pseudonym_code(UUID(each)) for each in recipients] != []
    assert event["at"].endswith("Z")


@pytest.mark.usefixtures("sent")
def test_answer_holds_no_name_and_no_ref(world: World, nora: Caller) -> None:
    answer = nora.get("api_access_events").content.decode()
    for person in world.people.values():
        for secret in (person.name, person.email, str(person.user.pk), str(person.user.log_ref)):
            assert secret not in answer
    agencies = {agency.pk for agency in world.agencies.values()}
    for event in AccessEvent.objects.all():
        for ref in (event.case_ref, event.object_ref, event.session_ref, event.request_ref):
            assert ref is None or ref in agencies or str(ref) not in answer


@pytest.mark.usefixtures("sent")
def test_look_up_is_recorded_and_names_its_event(nora: Caller) -> None:
    answer = nora.get("api_access_events").json()
    event = AccessEvent.objects.get(pk=answer["event_id"])
    assert (event.action, event.client_class) == (Event.LOG_QUERIED, "api")
    assert event.actor == nora.person.user.log_ref
    assert len(event.refs) == 1
    # The event of a look-up is not part of what that look-up found.
    assert answer["event_id"] not in {each["id"] for each in answer["events"]}


def test_filters_narrow(world: World, nora: Caller, sent: dict[str, Any]) -> None:
    person = pseudonym_code(world.maud.user.log_ref)
    case_ref = last_event(Event.REFERRAL_SUBMITTED).case_ref
    assert case_ref is not None
    today = timezone.localdate()
    for filters, name, values in (
        ({"person": person}, "person", {person}),
        ({"case": case_pseudonym(case_ref)}, "case", {pseudonym_code(case_ref)}),
        ({"agency": str(world.agencies["school"].pk)}, "agency", {"Lycée Gandon"}),
        ({"act": "referral.submitted"}, "act", {"referral.submitted"}),
        ({"act": "drafts", "person": person}, "act", set()),
        ({"outcome": "done", "act": "referral.submitted"}, "outcome", {"done"}),
        ({"since": today, "until": today, "act": "doors"}, "act", {"signin.succeeded"}),
    ):
        events = found(nora, **filters)
        # A case is found in the lists that showed it, too; these are of no case.
        assert {event[name] for event in events} - {None} == values, filters
    for nothing in (
        {"outcome": "refused", "act": "referral.submitted"},
        {"until": today - timedelta(days=1)},
        {"person": pseudonym_code(uuid4())},
        {"case": pseudonym_code(UUID(sent["id"]))},
    ):
        assert found(nora, **nothing) == []


def test_pages_lead_through_the_whole_log(nora: Caller) -> None:
    for _ in range(70):
        written(Event.PART_READ)
    seen: list[str] = []
    older: str | None = ""
    while older is not None:
        answer = nora.get("api_access_events", act="part.read", before=older).json()
        seen += [event["id"] for event in answer["events"]]
        older = answer["older"]
    assert len(seen) == len(set(seen)) == 70


def test_dpo_sees_the_own_agency_only(world: World, sent: dict[str, Any]) -> None:
    claire = Caller.of(world.claire)
    assert {event["agency"] for event in found(claire)} == {"City of Rivenne"}
    person = pseudonym_code(world.maud.user.log_ref)
    assert found(claire, person=person) == []
    told = problem(
        claire.get("api_access_events", agency=str(world.agencies["school"].pk)), 422, "invalid"
    )
    assert places(told) == {"agency"}
    assert sent["id"] not in str(told)


WRONG = {
    "person": ("Maud Terrel", "7K4Q", "IIII-UUUU", "\x00", "x" * 100),
    "case": ("Canary-Teo", "RV-7K4Q-M2XW"),
    "agency": ("Canary", "0", str(uuid4())),
    "act": ("Canary", "referral.", "."),
    "outcome": ("Canary", "DONE"),
    "since": ("Canary", "27.13.2026", "0001-01-01", "9999-12-31", "2026-02-30"),
    "until": ("Canary", "1999-01-01"),
    "before": ("Canary", "1-2", "9" * 50, "-1-" + "0" * 32, "x" * 61, "\ud7ff"),
}


def test_unreadable_filter_is_refused_on_record(nora: Caller, subtests: pytest.Subtests) -> None:
    before = AccessEvent.objects.filter(outcome=Outcome.REFUSED).count()
    pairs = [(name, value) for name, values in WRONG.items() for value in values]
    pairs.remove(("before", "-1-" + "0" * 32))
    for name, value in pairs:
        with subtests.test(f"{name}={value!r}"):
            answer = nora.get("api_access_events", **{name: value})
            told = problem(answer, 422, "invalid")
            assert places(told) == {name}
            assert "Canary" not in answer.content.decode()
            assert "Terrel" not in answer.content.decode()
    after = AccessEvent.objects.filter(outcome=Outcome.REFUSED)
    assert after.count() == before + len(pairs)
    assert last_event(Event.LOG_QUERIED).reason == "filter_unreadable"


def test_period_that_ends_before_it_begins_is_refused(nora: Caller) -> None:
    answer = nora.get("api_access_events", since="2026-02-02", until="2026-02-01")
    assert places(problem(answer, 422, "invalid")) == {"until"}


def test_unknown_or_repeated_parameter_is_refused(nora: Caller) -> None:
    """Passed over, either would show more of the log than was asked for."""
    told = problem(nora.get("api_access_events", Canary="7K4Q-M2XW"), 422, "invalid")
    assert "Canary" not in str(told)
    assert "person" in str(told)
    twice = {"person": ["7K4Q-M2XW", "7K4Q-M2XX"]}
    told = problem(nora.get("api_access_events", **twice), 422, "invalid")
    assert places(told) == {"person"}
    problem(nora.get("api_access_events", format="json"), 422, "invalid")


def test_undecodable_address_finds_nothing(nora: Caller) -> None:
    address = "/api/v1/access-events/?person=%ff%fe&act=%c3%28"
    told = problem(nora.client.get(address), 422, "invalid")
    assert places(told) == {"person", "act"}


def test_number_of_queries_does_not_grow_with_the_log(nora: Caller) -> None:
    taken = []
    for more in (1, 40):
        for _ in range(more):
            written(Event.PART_READ, case_ref=uuid4())
        with CaptureQueriesContext(connection) as queries:
            found(nora, act="part.read")
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_word_and_agency_of_a_later_version_are_told_as_they_stand() -> None:
    event = LoggedEvent(
        id=uuid4(), at=timezone.now(), actor=None, hat_agency=uuid4(), hat_role="KING",
        action="item.whispered", outcome="done", reason="", purpose="", case_ref=None,
        object_ref=None, compartment="", recipients=(), refs=(), session_ref=None,
        request_ref=None, client_class="api",
    )  # fmt: skip
    told = EventSerializer(event, context={"agencies": {}}).data
    assert (told["act"], told["act_text"]) == ("item.whispered", "item.whispered")
    assert (told["agency"], told["role"], told["person"]) == ("", "KING", None)
