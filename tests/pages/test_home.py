"""The first page, by role: the next step first, and links to what a hat may see."""

import pytest
from django.urls import reverse

from casework.choices import NotPursuedReason
from casework.services.check_referral import not_pursue
from casework.services.take_in import acknowledge
from tests.pages.asking import get, text_of
from tests.referrals import ask_sofia, send
from tests.signing_in import signed_in_client
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build_world()


def home_of(world: World, name: str) -> str:
    answer = get(signed_in_client(world.people[name]), "home")
    assert answer.status_code == 200
    return text_of(answer)


def test_everybody_reads_their_next_step(world: World) -> None:
    send(world, urgent=True)
    send(world, through_lead=True)
    screened = send(world)
    acknowledge(actor=world.anke.actor, referral_id=screened)
    ask_sofia(world, screened)
    assert "Read it and acknowledge it" in home_of(world, "anke")
    assert "Read it, then pass it on or not" in home_of(world, "idris")
    assert "Give your view" in home_of(world, "sofia")
    assert "It has been read and is being looked at" in home_of(world, "maud")


def test_author_reads_what_waits_for_them_first(world: World) -> None:
    referral_id = send(world, through_lead=True)
    not_pursue(
        actor=world.idris.actor, referral_id=referral_id, reason=NotPursuedReason.HANDLED_HERE
    )
    page = home_of(world, "maud")
    assert page.index("Read why your lead did not pass it on") < page.index("Worried about someone")


@pytest.mark.parametrize("name", ["maud", "idris", "kai", "anke"])
def test_those_who_may_send_find_the_ways(world: World, name: str) -> None:
    page = home_of(world, name)
    assert reverse("referral_new") in page
    assert reverse("consultation_new") in page


@pytest.mark.parametrize(
    ("name", "reads_log"), [("nora", True), ("claire", True), ("per", False), ("lena", False)]
)
def test_watchers_get_a_calm_page(world: World, name: str, reads_log: bool) -> None:  # noqa: FBT001
    send(world)
    page = home_of(world, name)
    assert "Nothing waits for you." in page
    assert reverse("my_record") in page
    assert reverse("referral_new") not in page
    assert (reverse("access_log") in page) is reads_log
