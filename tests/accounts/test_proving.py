"""Showing again who one is: fresh for ten minutes, by phrase or passkey, asked for by the doors."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import ProofNeeded
from accounts.models import KeySession
from accounts.services.proving import FRESH_FOR, require_proof
from audit.models import AccessEvent
from tests.factors import SoftKey, add_app, add_key, give_phrase, options_of, post
from tests.world import PHRASE, World

pytestmark = pytest.mark.django_db(transaction=True)
GUARDED = ("factor_app", "factor_card", "factor_key")


def stale(client: Client) -> Client:
    """The same browser eleven minutes after its person was last asked."""
    KeySession.objects.update(proved_at=timezone.now() - FRESH_FOR - timedelta(seconds=1))
    return client


def place(answer: Any) -> str:
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_proof_is_fresh_for_ten_minutes(world: World) -> None:
    assert timedelta(minutes=10) == FRESH_FOR
    now = timezone.now()
    require_proof(replace(world.maud.actor, proved_at=now - timedelta(minutes=9)))
    for at in (None, now - timedelta(minutes=11)):
        with pytest.raises(ProofNeeded):
            require_proof(replace(world.maud.actor, proved_at=at))


@pytest.mark.parametrize("name", GUARDED)
def test_key_acts_ask_again(world: World, name: str) -> None:
    client = give_phrase(world.maud)
    assert client.get(reverse(name)).status_code == 200
    assert place(stale(client).get(reverse(name))) == f"/prove/?next={escaped(name)}"
    assert client.get(reverse("home")).status_code == 200, "reading goes on"


def escaped(name: str) -> str:
    return reverse(name).replace("/", "%2F")


def test_removing_a_factor_asks_again(world: World) -> None:
    client = give_phrase(world.maud)
    add_app(client)
    path = client.get(reverse("second_factor")).context["factors"][0].id
    assert place(post(stale(client), "factor_remove", path)).startswith("/prove/?")
    assert client.get(reverse("second_factor")).context["factors"]


def test_form_without_proof_does_nothing_and_leads_back_to_its_page(world: World) -> None:
    client = stale(give_phrase(world.maud))
    before = client.get(reverse("second_factor")).context["factors"]
    headers = {"referer": f"http://localhost{reverse('factor_card')}?x=y"}
    answer = client.post(reverse("factor_card"), headers=headers, content_type="text/plain")
    assert place(answer) == f"/prove/?next={escaped('factor_card')}&again=1"
    assert b"Nothing was changed yet" in client.get(place(answer)).content
    assert client.get(reverse("second_factor")).context["factors"] == before
    assert place(post(client, "factor_card")) == "/prove/?next=%2F&again=1"


def test_phrase_proves_and_leads_back(world: World) -> None:
    client = stale(give_phrase(world.maud))
    assert client.get(reverse("prove")).status_code == 200
    answer = post(client, "prove", passphrase=PHRASE, next=reverse("factor_app"))
    assert place(answer) == reverse("factor_app")
    assert client.get(reverse("factor_app")).status_code == 200
    event = AccessEvent.objects.get(action="session.proved")
    assert (event.actor, event.outcome) == (world.maud.user.log_ref, "done")


def test_proof_is_of_one_browser(world: World) -> None:
    here, there = give_phrase(world.maud), give_phrase(world.maud)
    stale(here)
    post(here, "prove", passphrase=PHRASE)
    assert here.get(reverse("factor_app")).status_code == 200
    assert place(there.get(reverse("factor_app"))).startswith("/prove/")


def test_wrong_phrase_proves_nothing(world: World) -> None:
    client = stale(give_phrase(world.maud))
    answer = post(client, "prove", passphrase="not the phrase")
    assert answer.status_code == 200
    assert b"This is not your pass phrase" in answer.content
    assert place(client.get(reverse("factor_app"))).startswith("/prove/")
    assert not AccessEvent.objects.filter(action="session.proved").exists()


def test_guessing_ends(world: World) -> None:
    client = stale(give_phrase(world.maud))
    for _each in range(9):
        post(client, "prove", passphrase="a guess")
    assert post(client, "prove", passphrase=PHRASE).status_code == 200
    assert place(client.get(reverse("factor_app"))).startswith("/prove/")


@pytest.mark.parametrize(("verifies", "proves"), [(True, True), (False, False)])
def test_passkey_proves_if_it_knows_its_person(world: World, verifies: Any, proves: Any) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    add_key(client, key)
    key.verifies = verifies
    stale(client)
    answer = post(client, "prove", credential=key.get(options_of(client)))
    assert answer.status_code == (302 if proves else 200)
    assert AccessEvent.objects.filter(action="session.proved").exists() is proves
    assert (client.get(reverse("factor_app")).status_code == 200) is proves


def test_another_persons_passkey_proves_nothing(world: World) -> None:
    key = SoftKey()
    add_key(give_phrase(world.rolf), key)
    client = stale(give_phrase(world.maud))
    assert post(client, "prove", credential=key.get(options_of(client))).status_code == 200
    assert place(client.get(reverse("factor_app"))).startswith("/prove/")


def test_unlocking_is_a_proof_and_locked_keys_prove_nothing(world: World) -> None:
    client = stale(give_phrase(world.maud))
    post(client, "lock")
    assert place(client.get(reverse("prove"))).startswith("/unlock/")
    post(client, "unlock", passphrase=PHRASE)
    assert client.get(reverse("factor_app")).status_code == 200


def test_proof_leads_to_no_other_site(world: World) -> None:
    client = give_phrase(world.maud)
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert place(post(client, "prove", passphrase=PHRASE, next=target)) == "/"
