"""The pages of both screeners and of the lead who checks: who sees what, and when."""

from uuid import UUID

import pytest
from django.test import Client

from casework.choices import CaseState, ScreeningReason
from casework.services.ask_advice import end_consultation
from casework.services.screen import View, give_view
from casework.services.take_in import acknowledge
from tests.pages.asking import done, get, post, text_of
from tests.referrals import ANSWERS, ask_sofia, case_of, send
from tests.rules.cast_scene import build_scene
from tests.signing_in import signed_in_client
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
OUT = View(CaseState.SCREENED_OUT, ScreeningReason.MISUNDERSTANDING)
ELSEWHERE = View(CaseState.SIGNPOSTED, ScreeningReason.ONE_SERVICE_SUFFICES)


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
def anke(world: World) -> Client:
    return signed_in_client(world.anke)


def in_screening(world: World) -> UUID:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    return referral_id


def test_asking_says_before_who_will_read(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    page = text_of(get(anke, "ask_second", referral_id))
    assert "After you ask" in page
    assert "Rivenne youth service: Sofia Ruiz" in page
    answer = post(anke, "ask_second", referral_id, second=world.sofia.membership.pk)
    assert answer["Location"] == done("referral_desk", referral_id, "asked")
    again = post(anke, "ask_second", referral_id, second=world.rolf.membership.pk)
    assert again.status_code == 409


def test_only_those_who_may_screen_can_be_asked(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    for second in ("", "nonsense", world.kai.membership.pk, world.idris.membership.pk):
        answer = post(anke, "ask_second", referral_id, second=second)
        assert answer.status_code == 200
        assert "govuk-error-message" in text_of(answer)


def test_second_screener_sees_concern_not_who_told(world: World) -> None:
    referral_id = in_screening(world)
    ask_sofia(world, referral_id)
    sofia = signed_in_client(world.sofia)
    pages = [get(sofia, "home"), get(sofia, "referral_desk", referral_id)]
    pages.append(post(sofia, "part_open", case_of(referral_id), "C2"))
    assert ANSWERS["what_happened"] in text_of(pages[2])
    for page in pages:
        assert page.status_code == 200
        assert "Lycée Gandon" not in text_of(page)
        assert "Maud" not in text_of(page)
    for part in ("C1", "C11", "C12", "C15"):
        assert post(sofia, "part_open", case_of(referral_id), part).status_code == 404
    assert get(sofia, "message_send", referral_id).status_code == 409


def test_views_are_hidden_until_both_are_in(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    ask_sofia(world, referral_id)
    give_view(actor=world.sofia.actor, referral_id=referral_id, view=OUT)
    page = text_of(get(anke, "referral_desk", referral_id))
    assert "misunderstanding" not in page
    assert get(anke, "decide_screening", referral_id).status_code == 409
    form = {"outcome": OUT.outcome.value, "reason": OUT.reason.value}
    answer = post(anke, "give_view", referral_id, **form)
    assert answer["Location"] == done("referral_desk", referral_id, "view_given")
    both = text_of(get(anke, "decide_screening", referral_id))
    assert both.count("misunderstanding") == 2
    assert "It is due for deletion after" in both


def test_different_views_decide_nothing(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    ask_sofia(world, referral_id)
    give_view(actor=world.sofia.actor, referral_id=referral_id, view=OUT)
    give_view(actor=world.anke.actor, referral_id=referral_id, view=ELSEWHERE)
    assert "do not think the same yet" in text_of(get(anke, "decide_screening", referral_id))
    answer = post(anke, "decide_screening", referral_id, answer="NOTHING_MORE")
    assert answer.status_code == 409
    assert "nothing was decided" in text_of(answer)


def test_decision_ends_what_the_second_screener_had(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    ask_sofia(world, referral_id)
    for person in (world.sofia, world.anke):
        give_view(actor=person.actor, referral_id=referral_id, view=OUT)
    answer = post(anke, "decide_screening", referral_id, answer="NOTHING_MORE")
    assert answer["Location"] == done("referral_desk", referral_id, "decided")
    page = text_of(anke.get(answer["Location"]))
    assert "It ended as: not for this partnership." in page
    sofia = signed_in_client(world.sofia)
    assert get(sofia, "referral_desk", referral_id).status_code == 404
    assert post(sofia, "part_open", case_of(referral_id), "C2").status_code == 404


def test_lead_passes_on_or_not(world: World) -> None:
    passed, kept = send(world, through_lead=True), send(world, through_lead=True)
    idris = signed_in_client(world.idris)
    assert "After you pass it on" in text_of(get(idris, "pass_check", passed))
    assert post(idris, "pass_check", passed)["Location"] == done(
        "referral_desk", passed, "passed_on"
    )
    assert post(idris, "pass_check", passed).status_code == 409
    assert "Choose why" in text_of(post(idris, "not_pursue", kept))
    answer = post(idris, "not_pursue", kept, reason="handled_here")
    assert "It was not passed on because" in text_of(idris.get(answer["Location"]))


def test_lead_learns_of_no_other_service(world: World) -> None:
    referral_id = send(world, through_lead=True)
    idris = signed_in_client(world.idris)
    post(idris, "pass_check", referral_id)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    page = text_of(get(idris, "referral_desk", referral_id))
    assert "Sofia" not in page
    assert "youth" not in page


def test_advice_written_too_late_stays_typed() -> None:
    scene = build_scene()
    question = UUID(scene.ids["consultation_id"])
    anke = signed_in_client(scene.world.anke)
    assert "Write your advice" in text_of(post(anke, "advice_desk", question))
    sent = post(anke, "advice_desk", question, text="Talk with him first.")
    assert sent["Location"] == done("advice_desk", question, "advice_sent")
    end_consultation(actor=scene.world.anke.actor, consultation_id=question)
    late = post(anke, "advice_desk", question, text="One thing more")
    assert late.status_code == 409
    assert "One thing more" in text_of(late)
    again = post(anke, "advice_end", question)
    assert again["Location"] == done("advice_desk", question, "advice_ended")
