"""The desk's pages: closed until opened, one act each, nothing typed is lost."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.models import Item, ItemVersion
from casework.queries.worklists import PAGE_SIZE
from casework.services.take_in import acknowledge
from tests.pages.asking import done, get, post, text_of
from tests.referrals import ANSWERS, ask_sofia, case_of, close, send
from tests.signing_in import signed_in_client
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
CLOSED = ("home", "inbox")
OF_A_REFERRAL = ("referral_desk", "return_referral", "route_urgent", "message_send")


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


def test_closed_pages_hold_no_answer(world: World, anke: Client) -> None:
    referral_id = send(world)
    pages = [get(anke, name) for name in CLOSED]
    pages += [get(anke, name, referral_id) for name in OF_A_REFERRAL]
    words = [text for text in ANSWERS.values() if isinstance(text, str) and len(text) > 3]
    for page in pages:
        assert page.status_code == 200
        assert [word for word in words if word in text_of(page)] == []


def test_part_opens_by_its_button_only(world: World, anke: Client) -> None:
    referral_id = send(world)
    case_id = case_of(referral_id)
    link = get(anke, "part_open", case_id, "C2")
    assert (link.status_code, link["Location"]) == (
        302,
        reverse("referral_desk", args=[referral_id]),
    )
    assert not AccessEvent.objects.filter(action=Event.PART_READ).exists()
    opened = post(anke, "part_open", case_id, "C2")
    assert ANSWERS["what_happened"] in text_of(opened)
    assert "no-store" in opened["Cache-Control"]
    assert AccessEvent.objects.filter(action=Event.PART_READ, outcome=Outcome.DONE).count() == 1


def test_item_opens_by_its_button_only(world: World, anke: Client) -> None:
    referral_id = send(world)
    item = Item.objects.get(case_id=case_of(referral_id), kind="concern")
    assert get(anke, "item_open", item.pk).status_code == 302
    assert ANSWERS["what_happened"] in text_of(post(anke, "item_open", item.pk))


def test_name_opens_for_a_reason_only(world: World, anke: Client) -> None:
    case_id = case_of(send(world))
    assert ANSWERS["given_names"] not in text_of(get(anke, "part_reason", case_id))
    asked = text_of(post(anke, "part_open", case_id, "C1"))
    assert "Choose why you need to know" in asked
    assert ANSWERS["given_names"] not in asked
    assert post(anke, "part_open", case_id, "C1", purpose="curious").status_code == 404
    assert ANSWERS["given_names"] in text_of(
        post(anke, "part_open", case_id, "C1", purpose="safety")
    )


@pytest.mark.parametrize("code", ["C99", "c2", "C13"])
def test_unknown_or_empty_part_is_refused_and_recorded(
    world: World, anke: Client, code: str
) -> None:
    case_id = case_of(send(world))
    assert post(anke, "part_open", case_id, code).status_code == 404
    event = AccessEvent.objects.get(action=Event.PART_READ)
    assert (event.outcome, event.object_ref) == (Outcome.REFUSED, case_id)


def test_second_click_says_where_it_is_now(world: World, anke: Client) -> None:
    referral_id = send(world)
    first = post(anke, "acknowledge", referral_id)
    assert first["Location"] == done("referral_desk", referral_id, "acknowledged")
    assert "Acknowledged." in text_of(anke.get(first["Location"]))
    again = post(anke, "acknowledge", referral_id)
    assert again.status_code == 409
    assert "It is now: being looked at" in text_of(again)
    assert get(anke, "return_referral", referral_id).status_code == 409


def test_return_needs_a_reason_of_the_list(world: World, anke: Client) -> None:
    referral_id = send(world)
    assert "Choose why you return it" in text_of(post(anke, "return_referral", referral_id))
    assert post(anke, "return_referral", referral_id, reason="rude").status_code == 200
    answer = post(anke, "return_referral", referral_id, reason="missing_facts")
    assert answer["Location"] == done("referral_desk", referral_id, "returned")


def test_unknown_code_in_the_address_says_nothing(world: World, anke: Client) -> None:
    page = text_of(get(anke, "referral_desk", send(world), done="<b>You won</b>"))
    assert "You won" not in page
    assert "confer-notice--success" not in page


def test_text_that_does_not_verify_is_never_shown(world: World, anke: Client) -> None:
    referral_id = send(world)
    version = ItemVersion.objects.get(item__case_id=case_of(referral_id), item__kind="opinion")
    ItemVersion.objects.filter(pk=version.pk).update(blob=bytes(version.blob)[:-1] + b"\0")
    answer = post(anke, "acknowledge", referral_id)
    assert answer["Location"] == done("referral_desk", referral_id, "forged")
    assert "Do not act on it" in text_of(anke.get(answer["Location"]))
    part = text_of(post(anke, "part_open", case_of(referral_id), "C2"))
    assert "This text does not verify" in part
    assert ANSWERS["what_you_think"] not in part
    assert AccessEvent.objects.filter(action=Event.ITEM_FORGED).exists()


def test_message_that_cannot_be_sent_stays_typed(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    assert "Write a message" in text_of(post(anke, "message_send", referral_id))
    long = text_of(post(anke, "message_send", referral_id, text="x" * 5001))
    assert "x" * 5001 in long
    ask_sofia(world, referral_id)
    close(world, referral_id)
    late = post(anke, "message_send", referral_id, text="My late question")
    assert late.status_code == 409
    assert "My late question" in text_of(late)


def test_message_is_read_with_the_source(world: World, anke: Client) -> None:
    referral_id = in_screening(world)
    post(anke, "message_send", referral_id, text="When <exactly> was it?")
    part = text_of(post(anke, "part_open", case_of(referral_id), "C11"))
    assert "When &lt;exactly&gt; was it?" in part
    assert reverse("message_send", args=[referral_id]) in part


def test_inbox_filters_and_pages(world: World, anke: Client) -> None:
    waiting, decided = send(world), in_screening(world)
    ask_sofia(world, decided)
    close(world, decided)
    only = get(anke, "inbox", stage="SCREENED").context["tasks"]
    assert [task["row"].id for task in only] == [decided]
    for odd in ({"stage": "NO_STAGE"}, {"page": "99"}, {"page": "-1"}, {"page": "x"}):
        assert [task["row"].id for task in get(anke, "inbox", **odd).context["tasks"]] == [waiting]
    assert PAGE_SIZE == 50
