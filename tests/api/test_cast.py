"""Who gets what: every address for every member of the cast, and refusals on record."""

import pytest

from accounts.models import User
from api.problems import MEDIA_TYPE
from audit.events import Event, Outcome
from audit.middleware import counts
from audit.models import AccessEvent
from casework.models import Referral
from tests.api.calls import Caller, last_event, nothing_sent, problem, referral
from tests.world import World

SENDERS = {"anke", "henri", "idris", "kai", "maud", "noor", "rolf", "sofia"}
WATCHERS = {"claire", "nora"}
OTHERS = {"lena", "per", "sam"}
CAST = sorted(SENDERS | WATCHERS | OTHERS)


def test_table_names_the_whole_cast(world: World) -> None:
    assert set(world.people) == set(CAST)


def test_each_gets_what_the_hat_opens(world: World, subtests: pytest.Subtests) -> None:
    before = counts()
    for name in CAST:
        with subtests.test(name):
            caller = Caller.of(world.people[name])
            expected = {
                "api_referrals": 200,
                "api_access_events": 200 if name in WATCHERS else 404,
                "api_schema": 200,
            }
            assert {each: caller.get(each).status_code for each in expected} == expected
            assert caller.send(referral()).status_code == (201 if name in SENDERS else 404)
    assert Referral.objects.count() == len(SENDERS)
    assert counts() == before


def test_refusal_to_send_is_logged_before_anything_is_read(
    world: World, subtests: pytest.Subtests
) -> None:
    for name in sorted(WATCHERS | OTHERS):
        with subtests.test(name):
            caller = Caller.of(world.people[name])
            problem(caller.send(b"{ not even JSON"), 404, "not-found")
            event = last_event(Event.REFERRAL_SUBMITTED)
            assert (event.outcome, event.reason) == (Outcome.REFUSED, "hat_does_not_send")
            assert (event.actor, event.client_class) == (caller.person.user.log_ref, "api")
    assert nothing_sent()


def test_closed_log_is_logged_whatever_was_asked(world: World, subtests: pytest.Subtests) -> None:
    for name in sorted(SENDERS | OTHERS):
        with subtests.test(name):
            caller = Caller.of(world.people[name])
            asked = {"person": "nonsense", "unknown": "1"}
            problem(caller.get("api_access_events", **asked), 404, "not-found")
            event = last_event(Event.PAGE_REFUSED)
            assert (event.outcome, event.reason) == (Outcome.REFUSED, "log_closed")
            assert event.actor == caller.person.user.log_ref


def test_watchers_learn_no_names(world: World) -> None:
    for name in sorted(WATCHERS | OTHERS):
        shown = Caller.of(world.people[name]).get("api_referrals").json()
        assert shown == {"referrals": [], "barrable": []}


def test_stranger_finds_no_trace_of_a_referral(world: World, maud: Caller) -> None:
    sent = maud.send(referral()).json()
    for name in CAST:
        if name != "maud":
            shown = Caller.of(world.people[name]).get("api_referrals")
            assert shown.json()["referrals"] == []
            assert sent["reference"] not in shown.content.decode()


def test_missing_and_forbidden_are_alike(maud: Caller) -> None:
    refused = problem(maud.get("api_access_events"), 404, "not-found")
    missing = problem(maud.client.get("/api/v1/nowhere/"), 404, "not-found")
    assert {**refused, "instance": ""} == {**missing, "instance": ""}


def test_every_answer_names_the_request_of_its_events(maud: Caller) -> None:
    told = problem(maud.get("api_access_events"), 404, "not-found")
    event = AccessEvent.objects.get(action=Event.PAGE_REFUSED)
    assert told["instance"] == f"urn:uuid:{event.request_ref}"


def test_superuser_reads_nothing(world: World, maud: Caller) -> None:
    maud.send(referral())
    sam = Caller.of(world.sam)
    assert User.objects.get(pk=sam.person.user.pk).is_superuser
    assert sam.get("api_referrals").json()["referrals"] == []
    assert sam.get("api_access_events").headers["Content-Type"] == MEDIA_TYPE
