"""Passkeys: what a credential may carry, what it opens, and what it does not."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from argon2 import low_level
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.factors import FactorKind, factors_of
from accounts.keys import derivation
from accounts.keys.slots import open_passkey_slot, passkey_slot_of
from accounts.models import KeySession, KeySlot, User
from accounts.services.passkeys import read_secret
from accounts.services.people import admit_member
from audit.models import AccessEvent
from tests.factors import (
    SoftKey,
    add_app,
    add_key,
    browser,
    code_of,
    give_phrase,
    has_key_cookie,
    is_in,
    options_of,
    post,
)
from tests.world import Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def with_passkey(person: Person) -> SoftKey:
    """A passkey that this person has added."""
    key = SoftKey()
    answer = add_key(give_phrase(person), key)
    assert answer.headers["Location"].endswith("?done=passkey")
    return key


def sign_in(key: SoftKey, *, secret: str | None = None, client: Client | None = None) -> Client:
    """A browser that tries to sign in with a passkey alone."""
    client = client or browser()
    client.get(reverse("sign_in"))
    credential = key.get(options_of(client))
    sent = key.secret if secret is None else secret
    post(client, "passkey_sign_in", credential=credential, secret=sent)
    return client


def words() -> list[tuple[str, str, str]]:
    """What the log says of doors since the beginning, but for what every test begins with."""
    rows = AccessEvent.objects.order_by("at").exclude(action__in=["signin.succeeded"])
    wanted = rows.filter(action__regex="^(signin|factor|passkey|session)")
    return list(wanted.values_list("action", "outcome", "reason"))


def test_passkey_alone_signs_in(world: World) -> None:
    key = with_passkey(world.maud)
    client = sign_in(key)
    assert is_in(client)
    assert AccessEvent.objects.filter(action="signin.succeeded").count() == 2
    (factor,) = factors_of(world.maud.user.pk)
    assert factor.kind is FactorKind.PASSKEY
    assert factor.used_at is not None


def test_passkey_costs_no_derivation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = with_passkey(world.maud)
    runs: list[bytes] = []

    def counted(*args: Any, **kwargs: Any) -> bytes:
        runs.append(b"")
        return low_level.hash_secret_raw(*args, **kwargs)

    monkeypatch.setattr(derivation, "hash_secret_raw", counted)
    assert is_in(sign_in(key))
    assert runs == []


def test_passkey_needs_no_further_factor(world: World) -> None:
    key = with_passkey(world.maud)
    add_app(sign_in(key))
    assert is_in(sign_in(key))
    assert not has_key_cookie(give_phrase(world.maud)), "the phrase alone needs one"


def test_wrong_secret_opens_nothing(world: World) -> None:
    key = with_passkey(world.maud)
    for secret in (SoftKey().secret, "", "x", "A" * 63, key.secret[:-2]):
        client = sign_in(key, secret=secret)
        assert not is_in(client)
        assert not has_key_cookie(client)
    failed = AccessEvent.objects.filter(action="signin.failed", reason="passkey")
    assert failed.count() == 5
    assert set(failed.values_list("actor", flat=True)) == {world.maud.user.log_ref}


def test_right_secret_without_the_key_opens_nothing(world: World) -> None:
    """Somebody learnt the secret: without the private key of the passkey it is worth nothing."""
    key = with_passkey(world.maud)
    thief = SoftKey(id=key.id, prf=key.prf, handle=key.handle)
    assert not is_in(sign_in(thief))


def test_touch_alone_does_not_sign_in(world: World) -> None:
    key = with_passkey(world.maud)
    key.verifies = False
    assert not is_in(sign_in(key))


def test_challenge_serves_once_and_one_purpose(world: World) -> None:
    key = with_passkey(world.maud)
    client = browser()
    client.get(reverse("sign_in"))
    credential = key.get(options_of(client))
    fields = {"credential": credential, "secret": key.secret}
    other = browser()
    other.get(reverse("sign_in"))
    options_of(other)
    post(other, "passkey_sign_in", **fields)
    assert not is_in(other), "another browser's challenge"
    post(client, "passkey_sign_in", **fields)
    assert is_in(client)
    post(client, "sign_out")
    client.get(reverse("sign_in"))
    post(client, "passkey_sign_in", **fields)
    assert not is_in(client), "the same answer again"


def test_answer_to_another_site_does_not_fit(world: World) -> None:
    key = with_passkey(world.maud)
    client = browser()
    client.get(reverse("sign_in"))
    credential = key.get(options_of(client), origin="https://confer.example")
    post(client, "passkey_sign_in", credential=credential, secret=key.secret)
    assert not is_in(client)


def test_nobody_signs_in_with_another_persons_name(world: World) -> None:
    maud, rolf = with_passkey(world.maud), with_passkey(world.rolf)
    rolf.handle = maud.handle
    assert not is_in(sign_in(rolf))


def test_suspended_person_does_not_sign_in(world: World) -> None:
    key = with_passkey(world.maud)
    User.objects.filter(pk=world.maud.user.pk).update(is_active=False)
    assert not is_in(sign_in(key))


def test_removed_passkey_opens_nothing(world: World) -> None:
    key = with_passkey(world.maud)
    client = give_phrase(world.idris)
    (factor,) = factors_of(world.maud.user.pk)
    assert post(client, "factor_remove", factor.id).status_code == 404
    maud = sign_in(key)
    assert post(maud, "factor_remove", factor.id).status_code == 302
    assert not KeySlot.objects.filter(kind="PASSKEY").exists()
    assert not is_in(sign_in(key))
    assert ("passkey.removed", "done", "") in words()
    assert is_in(give_phrase(world.maud))


# A key without a PRF, or only for the second step


def test_passkey_without_prf_is_a_second_factor_only(world: World) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    answer = add_key(client, key, secret="")
    assert answer.headers["Location"].endswith("?done=no_prf")
    assert b"second factor only" in client.get(answer.headers["Location"]).content
    assert not KeySlot.objects.filter(kind="PASSKEY").exists()
    unknown = browser()
    unknown.get(reverse("sign_in"))
    credential = key.get(options_of(unknown))
    answer = post(unknown, "passkey_sign_in", credential=credential, secret=key.secret)
    assert b"holds no key for Confer" in answer.content
    assert not is_in(unknown)


def test_security_key_makes_no_slot_whatever_is_posted(world: World) -> None:
    client, key = give_phrase(world.maud), SoftKey(verifies=False, resident=False)
    assert add_key(client, key, use="key", secret=key.secret).status_code == 302
    assert not KeySlot.objects.filter(kind="PASSKEY").exists()
    assert words() == [("factor.added", "done", "key")]


def test_security_key_is_the_second_step(world: World) -> None:
    key = SoftKey(verifies=False, resident=False)
    add_key(give_phrase(world.maud), key, use="key")
    client = give_phrase(world.maud)
    assert not has_key_cookie(client)
    options = options_of(client, **{"for": "step"})
    assert len(options["publicKey"]["allowCredentials"]) == 1
    assert post(client, "second_step", credential=key.get(options)).status_code == 302
    assert is_in(client)


def test_wrong_key_in_the_second_step_is_recorded(world: World) -> None:
    add_key(give_phrase(world.maud), SoftKey(), use="key")
    client = give_phrase(world.maud)
    options = options_of(client, **{"for": "step"})
    answer = post(client, "second_step", credential=SoftKey().get(options))
    assert b"not accepted" in answer.content
    assert words()[-1] == ("factor.failed", "refused", "key")
    assert not is_in(client)


def test_options_tell_strangers_nothing(world: World) -> None:
    with_passkey(world.maud)
    told = options_of(browser())["publicKey"]
    assert not told.get("allowCredentials")
    assert options_of(browser(), **{"for": "step"})["publicKey"].keys() == told.keys()


@pytest.mark.usefixtures("world")
def test_challenges_are_not_given_without_end() -> None:
    client = browser()
    asked = [client.get(reverse("passkey_options")).status_code for _each in range(61)]
    assert asked == [200] * 60 + [429]


# The slot


def test_slot_holds_the_same_keys_and_follows_the_directory(world: World) -> None:
    key = with_passkey(world.maud)
    slot = passkey_slot_of(world.maud.user, key.id)
    assert slot is not None
    before = open_passkey_slot(slot, secret_of(key)).keys
    assert before.kem_seed == world.maud.keys.kem_seed
    admit_member(actor=world.idris.actor, membership=world.henri.membership)
    assert is_in(sign_in(key))
    slot.refresh_from_db()
    assert open_passkey_slot(slot, secret_of(key)).keys.pin.seq > before.pin.seq


def secret_of(key: SoftKey) -> bytes:
    found = read_secret(key.secret)
    assert found is not None
    return found


def test_key_that_opens_somebody_elses_slot_is_refused(world: World) -> None:
    key = with_passkey(world.maud)
    copy = SoftKey(id=key.id)
    assert add_key(give_phrase(world.rolf), copy).status_code == 200
    assert Authenticator.objects.count() == 1


# Unlocking


def locked(key: SoftKey) -> Client:
    client = sign_in(key)
    post(client, "lock")
    assert not is_in(client)
    return client


def test_passkey_unlocks(world: World) -> None:
    key = with_passkey(world.maud)
    client = locked(key)
    fields = {"credential": key.get(options_of(client)), "secret": key.secret, "next": "/help/"}
    answer = post(client, "passkey_unlock", **fields)
    assert answer.headers["Location"] == "/help/"
    assert is_in(client)
    assert words()[-1] == ("session.unlocked", "done", "")


def test_wrong_passkey_does_not_unlock(world: World) -> None:
    key, other = with_passkey(world.maud), with_passkey(world.rolf)
    client = locked(key)
    for shown, secret in ((key, other.secret), (other, other.secret), (key, "")):
        fields = {"credential": shown.get(options_of(client)), "secret": secret}
        assert post(client, "passkey_unlock", **fields).status_code == 200
        assert not is_in(client)
    assert words()[-1] == ("factor.failed", "refused", "passkey")


def test_guessing_at_the_lock_ends(world: World) -> None:
    key = with_passkey(world.maud)
    client = locked(key)
    for _each in range(8):
        post(client, "passkey_unlock", credential="{}", secret=SoftKey().secret)
    fields = {"credential": key.get(options_of(client)), "secret": key.secret}
    assert b"Too many attempts" in post(client, "passkey_unlock", **fields).content
    assert not is_in(client)


def test_stranger_unlocks_nothing(world: World) -> None:
    with_passkey(world.maud)
    client = browser()
    client.get(reverse("sign_in"))
    assert post(client, "passkey_unlock", credential="{}", secret="").status_code == 302
    assert KeySession.objects.filter(user=world.maud.user).count() == 1


def test_shared_computer_is_remembered_with_a_passkey(world: World) -> None:
    key = with_passkey(world.maud)
    client = browser()
    client.get(reverse("sign_in"))
    fields = {"credential": key.get(options_of(client)), "secret": key.secret, "shared": "on"}
    post(client, "passkey_sign_in", **fields)
    assert world.maud.user.browser_sessions.latest("began_at").shared


def test_code_still_works_beside_a_passkey(world: World) -> None:
    key = with_passkey(world.maud)
    secret = add_app(sign_in(key))
    client = give_phrase(world.maud)
    assert post(client, "second_step", code=code_of(secret, steps=1)).status_code == 302
    assert client.cookies[settings.KEY_COOKIE_NAME].value
