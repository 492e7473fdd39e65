"""Forms of text outside drafts: what came without a session is in them again, and is sent once."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import KeySession
from audit.events import Event
from casework.choices import Compartment, DraftKind, ItemKind, ReturnReason
from casework.models import Item, KeptStep, KeptText, Referral
from casework.services.ask_advice import end_consultation
from casework.services.follow_up import write_message
from casework.services.form_tokens import make_token
from casework.services.keep_draft import begin_draft
from casework.services.open_item import open_part
from casework.services.take_in import acknowledge, return_referral
from tests.canary import captured_log, find_marker, here, new_marker
from tests.casework.keeping import claim_for, keep, kept, messages, question_of, words, written
from tests.pages.asking import get, post, text_of
from tests.referrals import case_of, send
from tests.signing_in import signed_in_client
from tests.world import PHRASE, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    request.getfixturevalue("transactional_db")
    return build_world()


@pytest.fixture
def referral(world: World) -> UUID:
    return send(world)


@pytest.fixture
def question(world: World) -> UUID:
    return question_of(world)


def lapse() -> None:
    KeySession.objects.all().delete()


def token_on(answer: Any) -> str:
    return str(answer.context["token"])


def test_author_and_desk_find_their_text_again(
    world: World, referral: UUID, question: UUID
) -> None:
    acknowledge(actor=world.anke.actor, referral_id=referral)
    maud, anke = signed_in_client(world.maud), signed_in_client(world.anke)
    forms = [
        (maud, "referral_detail", referral),
        (maud, "addition_new", referral),
        (maud, "consultation_detail", question),
        (anke, "message_send", referral),
        (anke, "advice_desk", question),
    ]
    tokens = [token_on(get(*form)) for form in forms]
    lapse()
    for (client, name, object_id), token in zip(forms, tokens, strict=True):
        answer = post(client, name, object_id, form_token=token, text=f"typed on {name}")
        assert answer.status_code == 302
        assert answer.url.endswith("/")
    assert KeptText.objects.count() == len(forms)
    assert Item.objects.filter(kind__in=[ItemKind.MESSAGE, ItemKind.ADDITION]).count() == 0
    again = {id(maud): signed_in_client(world.maud), id(anke): signed_in_client(world.anke)}
    for client, name, object_id in forms:
        page = get(again[id(client)], name, object_id)
        assert f"typed on {name}" in text_of(page)
        assert "was kept" in text_of(page)
        assert "Nobody has received it yet" in text_of(page)


def test_resubmission_is_kept_too(world: World, referral: UUID) -> None:
    reason = ReturnReason.MISSING_FACTS
    return_referral(actor=world.anke.actor, referral_id=referral, reason=reason)
    client = signed_in_client(world.maud)
    token = token_on(get(client, "referral_resubmit", referral))
    lapse()
    post(client, "referral_resubmit", referral, form_token=token, text="missing facts")
    client = signed_in_client(world.maud)
    page = get(client, "referral_resubmit", referral)
    assert "missing facts" in text_of(page)
    post(client, "referral_resubmit", referral, form_token=token_on(page), text="missing facts")
    assert not KeptText.objects.exists()
    assert Referral.objects.get(pk=referral).state == "SUBMITTED"


def test_discard_deletes_and_sends_nothing(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "to be discarded")
    client = signed_in_client(world.maud)
    page = get(client, "referral_detail", referral)
    form = {"form_token": token_on(page), "text": "to be discarded", "discard": "yes"}
    assert post(client, "referral_detail", referral, **form).status_code == 302
    assert not KeptText.objects.exists()
    assert "was kept" not in text_of(get(client, "referral_detail", referral))
    assert messages(case_of(referral)) == []
    assert post(client, "referral_detail", referral, **form).status_code == 302
    assert [each.outcome for each in written(Event.DRAFT_DELETED)[-2:]] == ["done", "refused"]


def test_kept_text_of_what_has_ended_can_still_be_taken_along(world: World, question: UUID) -> None:
    keep(claim_for(world.maud, "consultation_detail", question), "too late")
    end_consultation(actor=world.anke.actor, consultation_id=question)
    page = text_of(get(signed_in_client(world.maud), "consultation_detail", question))
    assert "too late" in page
    assert "can no longer be sent" in page


def test_second_post_shows_the_same_page(world: World, referral: UUID) -> None:
    client = signed_in_client(world.maud)
    token = token_on(get(client, "referral_detail", referral))
    answers = [
        post(client, "referral_detail", referral, form_token=token, text="once") for _each in "ab"
    ]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert len(messages(case_of(referral))) == 1
    other = post(client, "referral_detail", referral, form_token=token, text="something else")
    assert other.status_code == 200
    assert "You have sent this page before" in text_of(other)
    assert "something else" in text_of(other)
    post(client, "referral_detail", referral, form_token=token_on(other), text="something else")
    assert len(messages(case_of(referral))) == 2


def test_second_post_at_the_desk_shows_the_same_page(world: World, referral: UUID) -> None:
    acknowledge(actor=world.anke.actor, referral_id=referral)
    client = signed_in_client(world.anke)
    token = token_on(get(client, "message_send", referral))
    answers = [
        post(client, "message_send", referral, form_token=token, text="once") for _each in "ab"
    ]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    other = post(client, "message_send", referral, form_token=token, text="else")
    assert other.status_code == 409
    assert "You have sent this page before" in text_of(other)


def test_script_keeps_with_an_open_session_and_sends_nothing(world: World, referral: UUID) -> None:
    client = signed_in_client(world.maud)
    token = token_on(get(client, "referral_detail", referral))
    form = {"form_token": token, "text": "half a sentence", "keep": "yes"}
    assert post(client, "referral_detail", referral, **form).status_code == 204
    assert messages(case_of(referral)) == []
    assert words(kept(world.maud, "referral_detail", referral)) == "half a sentence"
    (event,) = written(Event.TEXT_KEPT)
    assert event.actor == world.maud.user.log_ref


def test_script_with_a_bad_token_sends_nothing(world: World, referral: UUID) -> None:
    client = signed_in_client(world.maud)
    form = {"form_token": "forged", "text": "half a sentence", "keep": "yes"}
    assert post(client, "referral_detail", referral, **form).status_code == 409
    assert messages(case_of(referral)) == []
    assert not KeptText.objects.exists()


def test_script_keeps_a_page_of_a_draft(world: World) -> None:
    client = signed_in_client(world.maud)
    draft = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL)
    page = get(client, "referral_step", draft, "facts")
    form = {"form_token": token_on(page), "what_happened": "half", "keep": "yes"}
    assert post(client, "referral_step", draft, "facts", **form).status_code == 204
    assert KeptStep.objects.filter(draft_id=draft).count() == 1
    assert "half" in text_of(get(client, "referral_step", draft, "facts"))


PROMISE = "Your text is kept"


def test_unlock_promises_kept_text_only_where_something_was_kept(
    world: World, referral: UUID
) -> None:
    client = signed_in_client(world.maud)
    token = token_on(get(client, "referral_detail", referral))
    post(client, "lock")
    assert PROMISE not in text_of(get(client, "unlock"))
    post(client, "referral_detail", referral, form_token=token, text="typed")
    assert PROMISE in text_of(get(client, "unlock"))
    post(client, "unlock", passphrase=PHRASE)
    post(client, "lock")
    assert PROMISE not in text_of(get(client, "unlock")), "nothing was kept since"


def test_unlock_promises_it_for_a_draft_and_for_nobody_else(world: World) -> None:
    maud, henri = signed_in_client(world.maud), signed_in_client(world.henri)
    draft = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL)
    token = token_on(get(maud, "referral_step", draft, "facts"))
    for client in (maud, henri):
        post(client, "lock")
    post(Client(), "referral_step", draft, "facts", form_token=token, what_happened="typed")
    assert PROMISE in text_of(get(maud, "unlock"))
    assert PROMISE not in text_of(get(henri, "unlock"))


# Insiders


def test_token_of_another_person_object_or_form_is_no_token(world: World, referral: UUID) -> None:
    other = send(world, author=world.henri)
    maud, henri = signed_in_client(world.maud), signed_in_client(world.henri)
    token = token_on(get(maud, "referral_detail", referral))
    theirs = token_on(get(henri, "referral_detail", other))
    lapse()
    for name, object_id, used in (
        ("referral_detail", referral, theirs),
        ("addition_new", referral, token),
        ("referral_detail", other, token),
        ("referral_detail", referral, f"{token}x"),
    ):
        post(Client(), name, object_id, form_token=used, text="forged")
    assert not KeptText.objects.exists()
    assert not written(Event.TEXT_KEPT)


def test_claim_that_the_server_signed_for_a_stranger_keeps_nothing_and_tells_nothing(
    world: World, referral: UUID
) -> None:
    token = make_token(claim_for(world.henri, "referral_detail", referral))
    answers = [
        post(Client(), "referral_detail", object_id, form_token=each, text="x")
        for object_id, each in (
            (referral, token),
            (referral, make_token(claim_for(world.maud, "referral_detail", referral))),
        )
    ]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert answers[0].content == answers[1].content
    assert [row.author_id for row in KeptText.objects.all()] == [world.maud.user.pk]


def test_other_person_signed_in_meanwhile_gets_nothing(world: World, referral: UUID) -> None:
    maud, henri = signed_in_client(world.maud), signed_in_client(world.henri)
    token = token_on(get(maud, "referral_detail", referral))
    marker = new_marker()
    for more in ({}, {"keep": "yes"}, {"discard": "yes"}):
        answer = post(henri, "referral_detail", referral, form_token=token, text=marker, **more)
        assert answer.status_code == 409
        assert marker not in text_of(answer)
    assert get(henri, "referral_detail", referral).status_code == 404
    assert words(kept(world.maud, "referral_detail", referral)) == marker
    assert messages(case_of(referral)) == []


def test_token_of_the_desk_does_not_delete_what_the_author_kept(
    world: World, referral: UUID
) -> None:
    acknowledge(actor=world.anke.actor, referral_id=referral)
    keep(claim_for(world.maud, "referral_detail", referral), "mine")
    ids = KeptText.objects.values_list("pk", flat=True)
    claim = claim_for(world.anke, "message_send", referral, *ids)
    write_message(actor=world.anke.actor, referral_id=referral, text="b", claim=claim)
    assert words(kept(world.maud, "referral_detail", referral)) == "mine"


def test_form_with_an_old_mark_is_kept_after_signing_in_again(world: World, referral: UUID) -> None:
    client = signed_in_client(world.maud, enforce_csrf_checks=True)
    token = token_on(get(client, "referral_detail", referral))
    form = {"form_token": token, "text": "with an old mark", "csrfmiddlewaretoken": "x" * 64}
    assert post(client, "referral_detail", referral, **form).status_code == 302
    assert "with an old mark" in text_of(get(client, "referral_detail", referral))
    form["form_token"] = "forged"
    assert post(client, "referral_detail", referral, **form).status_code == 403
    assert messages(case_of(referral)) == []


def test_message_that_was_kept_reaches_its_readers_when_sent(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "for the desk")
    client = signed_in_client(world.maud)
    page = get(client, "referral_detail", referral)
    post(client, "referral_detail", referral, form_token=token_on(page), text="for the desk")
    opened = open_part(
        actor=world.anke.actor, case_id=case_of(referral), compartment=Compartment.C11
    )
    assert [each.body["text"] for each in opened if each.kind is ItemKind.MESSAGE] == [
        "for the desk"
    ]


def test_page_of_an_opened_part_shows_what_the_desk_had_typed(world: World, referral: UUID) -> None:
    acknowledge(actor=world.anke.actor, referral_id=referral)
    keep(claim_for(world.anke, "message_send", referral), "half an answer")
    page = post(signed_in_client(world.anke), "part_open", case_of(referral), "C11")
    assert page.status_code == 200
    assert "half an answer" in text_of(page)


def test_kept_text_lies_nowhere_in_the_clear(world: World, referral: UUID) -> None:
    marker = new_marker()
    with captured_log() as log:
        client = signed_in_client(world.maud)
        token = token_on(get(client, "referral_detail", referral))
        lapse()
        post(client, "referral_detail", referral, form_token=token, text=marker)
        assert words(kept(world.maud, "referral_detail", referral)) == marker
        assert find_marker(marker, here(log=log.getvalue())) == []
