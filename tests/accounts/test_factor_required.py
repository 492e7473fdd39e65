"""Who must give a second factor, and who takes away one that was lost."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed
from accounts.factors import has_factor, must_have_factor
from accounts.models import KeyNotice, KeySession, KeySlot
from accounts.roles import Role
from accounts.services.factors import make_card as make_card_for
from accounts.services.factors import reset_factor
from tests.factors import (
    SoftKey,
    actions,
    add_key,
    door,
    give_phrase,
    has_key_cookie,
    is_in,
    make_card,
    with_app,
)
from tests.signing_in import signed_in_client
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("setting", "asked"),
    [("none", set()), ("readers", set(Role) - {Role.FRONTLINE}), ("all", set(Role))],
    ids=["none", "readers", "all"],
)
def test_setting_says_whose_hats_ask_for_a_factor(
    setting: str, asked: set[Role], settings: Any
) -> None:
    settings.SECOND_FACTOR = setting
    assert {role for role in Role if must_have_factor([role])} == asked
    assert must_have_factor([Role.FRONTLINE, Role.AGENCY_LEAD]) is (setting != "none")


def test_reader_without_factor_is_led_to_set_one_up(world: World, settings: Any) -> None:
    settings.SECOND_FACTOR = "readers"
    client = give_phrase(world.anke)
    assert has_key_cookie(client)
    for name in ("home", "inbox", "people_list", "my_record", "passphrase_change"):
        assert door(client.get(reverse(name))) == "second-factor", name
    page = client.get(reverse("second_factor"))
    assert b"Please set one up now" in page.content
    make_card(client)
    assert client.get(reverse("home")).status_code == 200
    assert client.get(reverse("inbox")).status_code == 200


def test_referrer_goes_on_without_factor(world: World, settings: Any) -> None:
    settings.SECOND_FACTOR = "readers"
    assert give_phrase(world.maud).get(reverse("home")).status_code == 200


def test_api_says_that_a_factor_is_missing(world: World, settings: Any) -> None:
    settings.SECOND_FACTOR = "readers"
    answer = give_phrase(world.nora).get(reverse("api_access_events"))
    assert answer.status_code == 403
    assert answer.json()["code"] == "factor-missing"


# A lost telephone


@pytest.mark.parametrize("who", ["anke", "idris"])
def test_desk_resets_a_factor_and_opens_no_key(world: World, who: str) -> None:
    with_app(world.maud)
    waiting = give_phrase(world.maud)
    here = signed_in_client(world.kai)
    slots = set(KeySlot.objects.values_list("pk", flat=True))
    reset_factor(actor=world.people[who].actor, user_id=world.maud.user.pk)
    assert not has_factor(world.maud.user.pk)
    assert set(KeySlot.objects.values_list("pk", flat=True)) == slots
    assert not KeySession.objects.filter(user=world.maud.user).exists()
    assert door(waiting.get(reverse("second_step"))) == "sign-in"
    assert is_in(here)
    (notice,) = KeyNotice.objects.all()
    assert (notice.agency, notice.about, notice.kind) == (
        world.agencies["school"],
        world.maud.user,
        "FACTOR_RESET",
    )
    assert actions("factor.reset") == [("factor.reset", "done", "")]
    assert is_in(give_phrase(world.maud))


def test_reset_takes_a_passkey_with_its_slot(world: World) -> None:
    key = SoftKey()
    add_key(give_phrase(world.maud), key)
    assert KeySlot.objects.filter(user=world.maud.user, kind="PASSKEY").exists()
    reset_factor(actor=world.idris.actor, user_id=world.maud.user.pk)
    assert not KeySlot.objects.filter(user=world.maud.user, kind="PASSKEY").exists()


@pytest.mark.parametrize("who", ["sofia", "henri", "per", "nora", "sam", "maud"])
def test_nobody_else_resets_a_factor(world: World, who: str) -> None:
    make_card_for(actor=world.maud.actor)
    with pytest.raises(NotAllowed):
        reset_factor(actor=world.people[who].actor, user_id=world.maud.user.pk)
    assert has_factor(world.maud.user.pk)
    assert actions("factor.reset") == [("factor.reset", "refused", "not_a_holder")]
    assert not KeyNotice.objects.exists()


def test_reset_of_nobody_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed):
        reset_factor(actor=world.anke.actor, user_id=uuid.uuid4())
