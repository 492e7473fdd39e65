"""Referrals through the API: what is stored, who can read it, what comes back, once only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import RingEpoch
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.choices import (
    Compartment,
    FeedbackAnswer,
    NotPursuedReason,
    ReturnReason,
)
from casework.errors import AccessDenied
from casework.models import Case, Referral
from casework.services.check_referral import not_pursue, pass_check
from casework.services.open_item import open_part
from casework.services.take_in import acknowledge, return_referral
from tests.api.calls import Caller, last_event, nothing_sent, places, problem, referral
from tests.referrals import ask_sofia, close
from tests.signing_in import csrf_of
from tests.world import Person, World

WHOLE = {
    "given_names": "Teo",
    "family_names": "L.",
    "also_known_as": "T.",
    "birth_date": "2009-03-27",
    "estimated_age": 0,
    "sex": "male",
    "address": "Quay 3\r\n3rd floor",
    "phone": "01 02",
    "language": "français, needs no interpreter",
    "school": "Lycée Gandon",
    "guardian": "his aunt",
    "what_happened": "  He showed a knife.\nTwice. \U0001f52a  ",
    "concern_types": ["threat_weapon", "online"],
    "when_where": "in the yard",
    "frequency": "twice",
    "change_over_time": "since May",
    "how_known": ["saw", "told_by_other"],
    "what_you_think": "He is afraid.",
    "strengths": "football",
    "none_seen": False,
    "safe_fair": "needs quiet",
    "risks": ["weapon"],
    "emergency_called": "no",
    "emergency_reference": "",
    "others_at_risk": "his brother",
    "has_protected_address": "no",
    "safe_contact": "by telephone at noon",
    "person_informed": "no",
    "informed_reason": ["unsafe"],
    "consent": "not_asked",
    "consent_note": "-",
    "who_may_know": "the aunt",
    "who_must_not": "the uncle",
    "agencies_involved": "none",
    "earlier_referral": "no",
    "hoped_outcome": "a mentor",
    "withhold_identity": True,
}


def read(person: Person, part: str) -> dict[str, Any]:
    """All texts of a part of the only case, as this person opens them."""
    case_id = Case.objects.get().pk
    items = open_part(
        actor=person.actor, case_id=case_id, compartment=Compartment(part), purpose="safety"
    )
    return {name: value for item in items for name, value in item.body.items()}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_sent_referral_answers_with_its_reference_and_clocks(maud: Caller) -> None:
    answer = maud.send(referral())
    assert answer.status_code == 201
    told = answer.json()
    row = Referral.objects.get()
    assert told == {
        "id": str(row.pk),
        "reference": row.reference,
        "status": "SUBMITTED",
        "status_text": "sent, waiting to be read",
        "urgency": "NORMAL",
        "sent_at": told["sent_at"],
        "opens_at": told["sent_at"],
        "acknowledge_by": told["acknowledge_by"],
        "answer": None,
        "answer_text": "",
        "returned_reason": "",
        "not_pursued_reason": "",
    }
    assert moment(told["sent_at"]) == row.submitted_at
    assert moment(told["acknowledge_by"]) > row.opens_at
    assert told["acknowledge_by"].endswith("Z")


def test_sent_referral_is_recorded_as_of_the_api(maud: Caller) -> None:
    maud.send(referral())
    event = last_event(Event.REFERRAL_SUBMITTED)
    assert (event.outcome, event.client_class) == (Outcome.DONE, "api")
    assert event.actor == maud.person.user.log_ref
    assert not AccessEvent.objects.filter(action=Event.DRAFT_CREATED).exists()


def test_every_answer_reaches_the_desk_as_from_the_pages(world: World, maud: Caller) -> None:
    assert maud.send(referral(**WHOLE)).status_code == 201
    texts = {part: read(world.anke, part) for part in ("C1", "C2", "C11", "C12", "C15")}
    given = {name: value for name, value in WHOLE.items() if value not in ("", False)}
    given |= {
        "what_happened": "He showed a knife.\nTwice. \U0001f52a",
        "address": "Quay 3\n3rd floor",
        "estimated_age": "0",
    }
    stored = {name: value for part in texts.values() for name, value in part.items()}
    assert {name: stored[name] for name in given} == given
    assert stored["author_name"] == "Maud Terrel"
    assert texts["C2"]["what_you_think"] == "He is afraid."
    assert texts["C15"] == {"consent": "not_asked", "consent_note": "-"}


def test_nobody_else_reads_it(world: World, maud: Caller) -> None:
    maud.send(referral())
    for name in ("idris", "henri", "rolf", "per", "nora", "claire", "sam"):
        with pytest.raises(AccessDenied):
            read(world.people[name], "C2")


def test_through_the_lead_it_opens_later(world: World, maud: Caller) -> None:
    told = maud.send(referral({"through_lead": True})).json()
    assert told["status"] == "AGENCY_CHECK"
    assert moment(told["opens_at"]) > moment(told["sent_at"]) + timedelta(days=1)
    assert moment(told["acknowledge_by"]) > moment(told["opens_at"])
    assert read(world.idris, "C2")
    with pytest.raises(AccessDenied):
        read(world.anke, "C2")


def test_urgent_opens_at_once_even_through_the_lead(world: World, maud: Caller) -> None:
    told = maud.send(referral({"through_lead": True, "urgent": True})).json()
    assert (told["urgency"], told["opens_at"]) == ("URGENT", told["sent_at"])
    assert read(world.anke, "C2")


def test_barred_person_reads_nothing(world: World, maud: Caller) -> None:
    barrable = {each["name"]: each["id"] for each in maud.get("api_referrals").json()["barrable"]}
    assert set(barrable) == {"Anke Vos", "Noor Haddad", "Idris Bekele"}
    answer = maud.send(referral({"barred": [barrable["Anke Vos"]]}))
    assert answer.status_code == 201
    with pytest.raises(AccessDenied):
        read(world.anke, "C2")
    Referral.objects.update(opens_at=timezone.now())
    assert Case.objects.get().exclusions.filter(user=world.anke.user).exists()


def test_whole_desk_cannot_be_barred(world: World, maud: Caller) -> None:
    desk = [str(world.anke.user.pk), str(world.noor.user.pk)]
    told = problem(maud.send(referral({"barred": desk})), 422, "invalid")
    assert places(told) == {"#/sending/barred"}
    assert nothing_sent()


def test_only_readers_can_be_barred(world: World, maud: Caller) -> None:
    for user_id in (world.maud.user.pk, world.rolf.user.pk, uuid4()):
        told = problem(maud.send(referral({"barred": [str(user_id)]})), 422, "invalid")
        assert places(told) == {"#/sending/barred"}
        assert str(user_id) not in str(told)
    assert nothing_sent()


def test_lead_without_another_lead_cannot_check_the_own_referral(world: World) -> None:
    told = problem(Caller.of(world.idris).send(referral({"through_lead": True})), 422, "invalid")
    assert places(told) == {"#/sending/through_lead"}


def test_protected_address_goes_to_its_custodian_alone(world: World, maud: Caller) -> None:
    world.partnership.protected_place_custodians.add(world.sofia.membership)
    secret = {"has_protected_address": "yes", "protected_address": "the blue house"}
    assert maud.send(referral(**secret)).status_code == 201
    assert read(world.sofia, "C10") == {"protected_address": "the blue house"}
    with pytest.raises(AccessDenied):
        read(world.anke, "C10")


def test_protected_address_is_never_dropped_in_silence(world: World, maud: Caller) -> None:
    secret = {"protected_address": "the blue house"}
    for answers in (secret, {**secret, "has_protected_address": "yes"}):
        told = problem(maud.send(referral(**answers)), 422, "invalid")
        assert places(told) == {"#/answers/protected_address"}
    world.partnership.protected_place_custodians.add(world.sofia.membership)
    told = problem(maud.send(referral(**secret, has_protected_address="no")), 422, "invalid")
    assert places(told) == {"#/answers/protected_address"}
    assert nothing_sent()


def test_without_a_custodian_nothing_is_sent_and_the_key_stays_free(
    world: World, maud: Caller
) -> None:
    world.partnership.protected_place_custodians.add(world.anke.membership)
    secret = {"has_protected_address": "yes", "protected_address": "the blue house"}
    barred = {"barred": [str(world.anke.user.pk)]}
    key = uuid4()
    problem(maud.send(referral(barred, **secret), key=key), 409, "no-custodian")
    assert nothing_sent()
    assert maud.send(referral(barred), key=key).status_code == 201


@override_settings(RECOVERY_REQUIRED=True)
def test_first_referral_waits_for_recovery_keys(maud: Caller) -> None:
    key = uuid4()
    problem(maud.send(referral(), key=key), 409, "recovery-not-ready")
    assert nothing_sent()
    with override_settings(RECOVERY_REQUIRED=False):
        assert maud.send(referral(), key=key).status_code == 201


def test_swapped_key_of_the_desk_stops_the_act(maud: Caller) -> None:
    """Whoever puts a key of their own into the table of rings gets nothing sealed to it."""
    swapped = bytearray(RingEpoch.objects.filter(retired_at=None).values_list("kem_public")[0][0])
    swapped[0] ^= 1
    RingEpoch.objects.update(kem_public=bytes(swapped))
    problem(maud.send(referral()), 409, "keys-unproved")
    assert nothing_sent()


def test_desk_takes_a_referral_by_telephone(world: World) -> None:
    anke = Caller.of(world.anke)
    caller = {"caller_name": "Mrs Okoro", "caller_agency": "the library"}
    told = problem(anke.send(referral(**caller)), 422, "invalid")
    assert places(told) == {"#/sending/read_back"}
    assert anke.send(referral({"read_back": True}, **caller)).status_code == 201
    assert Referral.objects.get().channel == "TELEPHONE"
    assert read(world.anke, "C11")["caller_name"] == "Mrs Okoro"


def test_teacher_takes_none_by_telephone(maud: Caller) -> None:
    told = problem(maud.send(referral({"read_back": True}, caller_name="X")), 422, "invalid")
    assert places(told) == {"#/answers/caller_name"}
    told = problem(maud.send(referral({"read_back": True})), 422, "invalid")
    assert places(told) == {"#/sending/read_back"}


def test_same_key_gives_the_same_referral(maud: Caller) -> None:
    key = uuid4()
    first, second = (maud.send(referral(), key=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert maud.send(referral(strengths="changed"), key=key).json() == first.json()
    assert Referral.objects.count() == 1
    assert AccessEvent.objects.filter(action=Event.REFERRAL_SUBMITTED).count() == 1


def test_same_key_in_another_writing_is_the_same(maud: Caller) -> None:
    key = uuid4()
    first = maud.send(referral(), key=key).json()
    for written in (str(key).upper(), f'"{key}"'):
        assert maud.send(referral(), headers={"Idempotency-Key": written}).json() == first


def test_repeat_tells_how_it_stands_by_now(world: World, maud: Caller) -> None:
    key = uuid4()
    first = maud.send(referral(), key=key).json()
    acknowledge(actor=world.anke.actor, referral_id=UUID(first["id"]))
    again = maud.send(referral(), key=key).json()
    assert (again["id"], again["status"]) == (first["id"], "SCREENING")
    assert again["acknowledge_by"] is None


def test_another_key_sends_another_referral(maud: Caller) -> None:
    first, second = (maud.send(referral()).json()["reference"] for _ in range(2))
    assert first != second
    assert Referral.objects.count() == 2


def test_same_key_of_two_people_makes_two_referrals(world: World, maud: Caller) -> None:
    key = uuid4()
    first = maud.send(referral(), key=key).json()
    second = Caller.of(world.henri).send(referral(), key=key)
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


def test_key_cannot_take_the_place_of_a_draft(world: World, maud: Caller) -> None:
    """Somebody who knows a draft's id and sends it as the key does not stop the draft."""
    answer = maud.client.post(
        reverse("referral_new"),
        "",
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRFToken": csrf_of(maud.client)},
    )
    draft_id = UUID(answer.headers["Location"].split("/")[2])
    assert Caller.of(world.henri).send(referral(), key=draft_id).status_code == 201
    assert not Referral.objects.filter(draft_id=draft_id).exists()


def test_key_used_under_another_hat_conflicts(world: World) -> None:
    noor, key = Caller.of(world.noor), uuid4()
    assert noor.send(referral(), key=key).status_code == 201
    switched = noor.client.post(
        reverse("hat_switch", args=[world.deputy_hat.pk]),
        "",
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRFToken": csrf_of(noor.client)},
    )
    assert switched.status_code == 302
    problem(noor.send(referral(), key=key), 409, "idempotency-key-used")
    assert Referral.objects.count() == 1
    event = last_event(Event.REFERRAL_SUBMITTED)
    assert (event.outcome, event.reason) == (Outcome.REFUSED, "key_used")


def test_same_key_at_the_same_moment_makes_one_referral(maud: Caller) -> None:
    key = uuid4()

    def send(_number: int) -> Any:
        try:
            return maud.send(referral(), key=key).json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(send, range(4)))
    assert Referral.objects.count() == 1
    assert {each["id"] for each in told} == {str(Referral.objects.get().pk)}


def test_missing_or_unusable_key_gets_400(maud: Caller) -> None:
    for key in ("", "1", "not-a-uuid", "{0}", "0" * 32, "é", '"', "a" * 4000, "%00"):
        answer = maud.send(referral(), headers={"Idempotency-Key": key})
        told = problem(answer, 400, "idempotency-key-unusable")
        assert places(told) == {"Idempotency-Key"}
    assert nothing_sent()


def test_own_list_shows_what_became_of_each(world: World, maud: Caller) -> None:
    first = UUID(maud.send(referral({"through_lead": True})).json()["id"])
    second = UUID(maud.send(referral({"through_lead": True})).json()["id"])
    not_pursue(actor=world.idris.actor, referral_id=first, reason=NotPursuedReason.MISSING_FACTS)
    pass_check(actor=world.idris.actor, referral_id=second)
    return_referral(actor=world.anke.actor, referral_id=second, reason=ReturnReason.MISSING_CONSENT)
    rows = maud.get("api_referrals").json()["referrals"]
    assert [row["id"] for row in rows] == [str(second), str(first)]
    assert [row["status"] for row in rows] == ["RETURNED", "NOT_PURSUED"]
    assert rows[0]["returned_reason"] == "missing_consent"
    assert rows[1]["not_pursued_reason"] == "missing_facts"
    event = last_event(Event.LIST_SHOWN)
    assert len(event.refs) == 2


def test_answer_is_told_in_words(maud: Caller, world: World) -> None:
    sent = UUID(maud.send(referral()).json()["id"])
    acknowledge(actor=world.anke.actor, referral_id=sent)
    ask_sofia(world, sent)
    close(world, sent)
    (row,) = maud.get("api_referrals").json()["referrals"]
    assert (row["status"], row["answer"]) == ("SCREENED", "NOTHING_MORE")
    assert row["answer_text"] == FeedbackAnswer.NOTHING_MORE.label
    Referral.objects.update(feedback=FeedbackAnswer.TAKEN_OVER)
    (row,) = maud.get("api_referrals").json()["referrals"]
    assert (row["answer"], row["answer_text"]) == (None, ""), "nobody signed that answer"


def test_list_takes_the_same_number_of_queries_with_many_rows(maud: Caller) -> None:
    taken = []
    for more in (1, 5):
        for _ in range(more):
            maud.send(referral())
        with CaptureQueriesContext(connection) as queries:
            maud.get("api_referrals")
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_head_is_recorded_like_get(maud: Caller) -> None:
    answer = maud.client.head(reverse("api_referrals"))
    assert answer.status_code == 200
    assert last_event(Event.LIST_SHOWN).actor == maud.person.user.log_ref
