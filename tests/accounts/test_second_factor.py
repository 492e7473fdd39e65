"""Second factors: nothing of ours begins before one was given, and no secret lies in the clear."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from argon2 import low_level
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import KeysLocked
from accounts.factors import factors_of, has_factor
from accounts.keys import derivation
from accounts.keys.factor_texts import close_text, open_text
from accounts.keys.pending import hold_pending, open_pending
from accounts.keys.slots import OpenedSlot, open_password_slot
from accounts.models import KeySession, KeySlot, PendingSignIn, User
from tests.factors import (
    SoftKey,
    actions,
    add_app,
    add_key,
    browser,
    code_of,
    door,
    give_phrase,
    has_key_cookie,
    is_in,
    make_card,
    options_of,
    post,
    with_app,
)
from tests.signing_in import signed_in_client
from tests.world import PHRASE, Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_factor_sign_in_is_one_step(world: World) -> None:
    client = give_phrase(world.maud)
    assert is_in(client)
    assert not PendingSignIn.objects.exists()


def test_app_is_asked_for_after_the_phrase(world: World) -> None:
    secret = with_app(world.maud)
    before = KeySession.objects.count()
    client = give_phrase(world.maud)
    assert not has_key_cookie(client)
    assert KeySession.objects.count() == before
    assert door(client.get(reverse("home"))) == "sign-in"
    assert door(client.get(reverse("unlock"))) == "sign-in"
    assert client.get(reverse("second_step")).status_code == 200
    answer = post(client, "second_step", code=code_of(secret, steps=1))
    assert answer.status_code == 302
    assert is_in(client)
    assert not PendingSignIn.objects.exists()
    assert client.cookies[settings.PENDING_COOKIE_NAME].value == ""
    assert actions("signin.succeeded")[-1] == ("signin.succeeded", "done", "")


def test_one_derivation_for_phrase_and_factor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = with_app(world.maud)
    runs: list[bytes] = []

    def counted(*args: Any, **kwargs: Any) -> bytes:
        runs.append(b"")
        return low_level.hash_secret_raw(*args, **kwargs)

    monkeypatch.setattr(derivation, "hash_secret_raw", counted)
    client = give_phrase(world.maud)
    post(client, "second_step", code=code_of(secret, steps=1))
    assert is_in(client)
    assert len(runs) == 1


def test_wrong_code_opens_nothing_and_is_recorded(world: World) -> None:
    with_app(world.maud)
    client = give_phrase(world.maud)
    answer = post(client, "second_step", code="000000")
    assert answer.status_code == 200
    assert b"does not fit" in answer.content
    assert actions("factor.failed") == [("factor.failed", "refused", "code")]
    assert door(client.get(reverse("home"))) == "sign-in"


def test_code_works_once(world: World) -> None:
    secret = with_app(world.maud)
    code = code_of(secret, steps=1)
    assert post(give_phrase(world.maud), "second_step", code=code).status_code == 302
    for typed in (code, f" {code[:3]} {code[3:]} "):
        assert post(give_phrase(world.maud), "second_step", code=typed).status_code == 200


def test_guessing_codes_ends(world: World) -> None:
    secret = with_app(world.maud)
    client = give_phrase(world.maud)
    for _each in range(8):
        post(client, "second_step", code="000000")
    answer = post(client, "second_step", code=code_of(secret, steps=1))
    assert answer.status_code == 200
    assert b"Too many attempts" in answer.content
    fresh = give_phrase(world.maud)
    assert post(fresh, "second_step", code=code_of(secret, steps=1)).status_code == 200
    other = with_app(world.idris)
    assert post(give_phrase(world.idris), "second_step", code=code_of(other, steps=1)).status_code


def test_card_alone_is_a_factor_and_each_code_works_once(world: World) -> None:
    codes = make_card(give_phrase(world.maud))
    assert len(codes) == 10 == len(set(codes))
    client = give_phrase(world.maud)
    assert not has_key_cookie(client)
    assert post(client, "second_step", code=codes[3]).status_code == 302
    assert is_in(client)
    assert post(give_phrase(world.maud), "second_step", code=codes[3]).status_code == 200
    assert post(give_phrase(world.maud), "second_step", code=codes[4]).status_code == 302
    (card,) = factors_of(world.maud.user.pk)
    assert card.codes_left == 8


def test_new_card_replaces_the_old_one(world: World) -> None:
    client = give_phrase(world.maud)
    old = make_card(client)
    new = make_card(client)
    assert post(give_phrase(world.maud), "second_step", code=old[0]).status_code == 200
    assert post(give_phrase(world.maud), "second_step", code=new[0]).status_code == 302
    assert actions("factor.added", "factor.removed") == [
        ("factor.added", "done", "card"),
        ("factor.removed", "done", "card"),
        ("factor.added", "done", "card"),
    ]


def test_codes_are_shown_once(world: World) -> None:
    client = give_phrase(world.maud)
    codes = make_card(client)
    for name in ("factor_card", "second_factor"):
        page = client.get(reverse(name)).content.decode()
        assert [code for code in codes if code in page] == []


def test_another_persons_code_does_not_fit(world: World) -> None:
    with_app(world.maud)
    other = with_app(world.idris)
    assert (
        post(give_phrase(world.maud), "second_step", code=code_of(other, steps=1)).status_code
        == 200
    )


def test_second_step_without_sign_in_leads_there(world: World) -> None:
    client = browser()
    assert door(client.get(reverse("second_step"))) == "sign-in"
    assert is_in(signed_in_client(world.maud))


def test_provisional_cookie_is_as_closed_as_the_key_cookie(world: World) -> None:
    with_app(world.maud)
    morsel = give_phrase(world.maud).cookies[settings.PENDING_COOKIE_NAME]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/"
    assert len(base64.urlsafe_b64decode(morsel.value)) == 32


@pytest.mark.parametrize("name", ["SESSION_COOKIE_NAME", "PENDING_COOKIE_NAME"])
def test_one_cookie_alone_does_not_finish(world: World, name: str) -> None:
    secret = with_app(world.maud)
    client = give_phrase(world.maud)
    del client.cookies[getattr(settings, name)]
    assert door(post(client, "second_step", code=code_of(secret, steps=1))) == "sign-in"
    assert not is_in(client)


def test_provisional_secret_does_not_become_the_key(world: World) -> None:
    secret = with_app(world.maud)
    client = give_phrase(world.maud)
    provisional = client.cookies[settings.PENDING_COOKIE_NAME].value
    post(client, "second_step", code=code_of(secret, steps=1))
    assert client.cookies[settings.KEY_COOKIE_NAME].value not in {"", provisional}
    client.cookies[settings.KEY_COOKIE_NAME] = provisional
    assert not is_in(client)


def opened(person: Person) -> OpenedSlot:
    return open_password_slot(KeySlot.objects.get(user=person.user, kind="PASSWORD"), PHRASE)


def test_pending_row_opens_for_its_person_in_time_and_once(world: World) -> None:
    cookie = hold_pending(opened(world.maud))
    assert open_pending(cookie, world.maud.user).keys.id == world.maud.keys.id
    with pytest.raises(KeysLocked):
        open_pending(cookie, world.rolf.user)
    PendingSignIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(KeysLocked):
        open_pending(cookie, world.maud.user)
    hold_pending(opened(world.rolf))
    assert PendingSignIn.objects.count() == 1, "the next one sweeps what is over"


def opens_for(cookie: str, person: Person) -> bool:
    try:
        open_pending(cookie, User.objects.get(pk=person.user.pk))
    except KeysLocked:
        return False
    return True


def tampered(world: World) -> Iterator[str]:
    """Changes of a waiting row, each of which must close it."""
    row = PendingSignIn.objects.get()
    slot = KeySlot.objects.get(user=world.rolf.user)
    blob = bytes(row.blob)
    changes: dict[str, dict[str, Any]] = {
        "another slot": {"slot": slot},
        "cut": {"blob": blob[:-1]},
        "flipped": {"blob": blob[:20] + bytes([blob[20] ^ 1]) + blob[21:]},
        "another look-up": {"lookup": bytes(32)},
    }
    for name, change in changes.items():
        PendingSignIn.objects.filter(pk=row.pk).update(**change)
        yield name
        row.save()
    User.objects.filter(pk=world.maud.user.pk).update(session_epoch=9)
    yield "the person's sessions were ended"


def test_pending_row_that_was_changed_opens_nothing(world: World) -> None:
    cookie = hold_pending(opened(world.maud))
    for name in tampered(world):
        opens = [opens_for(cookie, person) for person in (world.maud, world.rolf)]
        assert opens == [False, False], name


def test_ended_sessions_end_a_sign_in_that_waits(world: World) -> None:
    secret = with_app(world.maud)
    client = give_phrase(world.maud)
    reset_or_suspend(world.maud)
    assert door(post(client, "second_step", code=code_of(secret, steps=1))) == "sign-in"
    assert not is_in(client)


def reset_or_suspend(person: Person) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)


def test_code_of_a_new_app_must_fit_before_it_counts(world: World) -> None:
    client = give_phrase(world.maud)
    client.get(reverse("factor_app"))
    assert post(client, "factor_app", code="000000").status_code == 200
    assert not has_factor(world.maud.user.pk)


def test_new_app_replaces_the_old_one(world: World) -> None:
    client = give_phrase(world.maud)
    old, new = add_app(client), add_app(client)
    assert old != new
    assert Authenticator.objects.filter(user=world.maud.user).count() == 1
    assert (
        post(give_phrase(world.maud), "second_step", code=code_of(old, steps=1)).status_code == 200
    )


def test_removed_factor_is_not_asked_for(world: World) -> None:
    client = give_phrase(world.maud)
    add_app(client)
    (app,) = factors_of(world.maud.user.pk)
    assert client.get(reverse("factor_remove", args=[app.id])).status_code == 200
    assert door(post(client, "factor_remove", app.id)) == "second-factor"
    assert is_in(give_phrase(world.maud))
    assert actions("factor.removed") == [("factor.removed", "done", "app")]


def test_others_factors_are_not_to_be_removed(world: World) -> None:
    with_app(world.maud)
    (app,) = factors_of(world.maud.user.pk)
    rolf = signed_in_client(world.rolf)
    assert post(rolf, "factor_remove", app.id).status_code == 404
    assert has_factor(world.maud.user.pk)
    assert actions("factor.removed") == [("factor.removed", "refused", "not_own_factor")]


# What a stolen database holds


def everything_stored() -> str:
    """Every value of every table, as text and, for bytes, as hex."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values():
            found += [
                v.hex() if isinstance(v, bytes | memoryview) else str(v) for v in row.values()
            ]
    sessions = [str(Session.get_decoded(row)) for row in Session.objects.all()]
    return "\n".join([*found, *sessions])


def test_no_secret_of_a_factor_lies_in_the_clear(world: World) -> None:
    maud = give_phrase(world.maud)
    secret, codes, key = add_app(maud), make_card(maud), SoftKey()
    maud.get(reverse("factor_app"))
    add_key(maud, key)
    waiting = give_phrase(world.maud)
    options_of(waiting, **{"for": "step"})
    assert PendingSignIn.objects.exists()
    slot_key = opened(world.maud).slot_key
    stored = everything_stored().lower()
    raw = base64.b32decode(secret)
    needles = [secret, raw.hex(), base64.b64encode(raw).decode(), slot_key.hex(), PHRASE]
    needles += [key.prf.hex(), key.secret, base64.urlsafe_b64decode(key.secret + "=").hex()]
    needles += [each.replace(" ", "") for each in codes]
    needles += [waiting.cookies[settings.PENDING_COOKIE_NAME].value]
    assert [each for each in needles if each.lower() in stored] == []
    assert world.maud.email in stored, "the search would find what is there"


def test_factor_texts_open_only_as_they_were_sealed() -> None:
    sealed = close_text("JBSWY3DP")
    assert open_text(sealed) == "JBSWY3DP"
    assert "JBSWY3DP" not in sealed != close_text("JBSWY3DP")


def test_sign_in_page_begins_anew_while_one_waits(world: World) -> None:
    with_app(world.maud)
    client: Client = give_phrase(world.maud)
    assert client.get(reverse("sign_in")).status_code == 200
    assert is_in(give_phrase(world.kai, client))
