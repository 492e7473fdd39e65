"""Who is let in: a session of the pages with open keys; what writes must carry its token."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import KeySession, Membership, User
from audit.middleware import Tally, counts
from tests.api.calls import JSON, Caller, nothing_sent, problem, referral
from tests.signing_in import csrf_of
from tests.world import World

ADDRESSES = ("api_referrals", "api_access_events", "api_schema")


@pytest.mark.usefixtures("world")
def test_nobody_gets_401_with_a_challenge() -> None:
    before = counts()
    for name in ADDRESSES:
        answer = Client().get(reverse(name))
        problem(answer, 401, "not-signed-in")
        assert answer.headers["WWW-Authenticate"].startswith("Session ")
    # Nothing was entered, so there is no refusal that should be on record.
    assert counts()[Tally.REFUSAL_UNRECORDED] == before[Tally.REFUSAL_UNRECORDED]


@pytest.mark.usefixtures("world")
def test_nobody_sends_nothing() -> None:
    answer = Client(enforce_csrf_checks=True).post(
        reverse("api_referrals"), referral(), content_type=JSON
    )
    problem(answer, 401, "not-signed-in")
    assert nothing_sent()


@pytest.mark.usefixtures("world")
def test_credentials_in_a_header_count_for_nothing() -> None:
    for scheme in ("Basic bWF1ZDp4", "Token 0123", "Bearer 0123"):
        answer = Client().get(reverse("api_referrals"), headers={"Authorization": scheme})
        problem(answer, 401, "not-signed-in")


def test_locked_session_gets_423(maud: Caller) -> None:
    del maud.client.cookies[settings.KEY_COOKIE_NAME]
    for name in ADDRESSES:
        problem(maud.get(name), 423, "keys-locked")


def test_idle_session_gets_423_and_stores_nothing(maud: Caller) -> None:
    idle = timedelta(minutes=settings.KEY_IDLE_MINUTES + 1)
    KeySession.objects.update(used_at=timezone.now() - idle)
    problem(maud.send(referral()), 423, "keys-locked")
    assert nothing_sent()


def test_key_cookie_of_somebody_else_opens_nothing(world: World, maud: Caller) -> None:
    other = Caller.of(world.henri).client.cookies[settings.KEY_COOKIE_NAME].value
    maud.client.cookies[settings.KEY_COOKIE_NAME] = other
    problem(maud.get("api_referrals"), 423, "keys-locked")


def test_nonsense_in_the_key_cookie_is_locked(maud: Caller) -> None:
    for value in ("", "not base64 at all", "AAAA", "é" * 10, "A" * 5000):
        maud.client.cookies[settings.KEY_COOKIE_NAME] = value
        problem(maud.get("api_referrals"), 423, "keys-locked")


def test_signed_out_session_gets_401(maud: Caller) -> None:
    token = {"X-CSRFToken": csrf_of(maud.client)}
    kept = {name: morsel.value for name, morsel in maud.client.cookies.items()}
    assert maud.client.post(
        reverse("sign_out"), "", content_type="application/x-www-form-urlencoded", headers=token
    ).status_code in {200, 302}
    for name, value in kept.items():
        maud.client.cookies[name] = value
    problem(maud.get("api_referrals"), 401, "not-signed-in")


def test_closed_account_gets_401(maud: Caller) -> None:
    User.objects.filter(pk=maud.person.user.pk).update(is_active=False)
    problem(maud.get("api_referrals"), 401, "not-signed-in")


def test_person_without_a_hat_gets_403(maud: Caller) -> None:
    Membership.objects.filter(user=maud.person.user).update(ended_at=timezone.now())
    problem(maud.get("api_referrals"), 403, "no-hat")
    problem(maud.send(referral()), 403, "no-hat")
    assert nothing_sent()


def test_forged_request_gets_403_and_stores_nothing(maud: Caller) -> None:
    for token in ("", "x" * 64, "a" * 32):
        problem(maud.send(referral(), headers={"X-CSRFToken": token}), 403, "csrf-failed")
    assert nothing_sent()


def test_request_of_another_site_gets_403(maud: Caller) -> None:
    answer = maud.send(referral(), headers={"Origin": "https://elsewhere.example"})
    problem(answer, 403, "csrf-failed")
    assert nothing_sent()


def test_forged_request_is_not_even_parsed(maud: Caller) -> None:
    problem(maud.send(b"{", headers={"X-CSRFToken": "x" * 64}), 403, "csrf-failed")


def test_forged_request_does_not_keep_the_session_awake(maud: Caller) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    KeySession.objects.update(used_at=long_ago)
    maud.send(referral(), headers={"X-CSRFToken": "x" * 64})
    assert KeySession.objects.get().used_at == long_ago
    assert maud.get("api_referrals").status_code == 200
    assert KeySession.objects.get().used_at > long_ago


def test_token_in_a_form_lets_no_form_in(maud: Caller) -> None:
    body: Any = f"csrfmiddlewaretoken={csrf_of(maud.client)}&what_happened=x".encode()
    answer = maud.client.post(
        reverse("api_referrals"),
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"Idempotency-Key": str(uuid4())},
    )
    problem(answer, 415, "unsupported-media-type")
    assert nothing_sent()


def test_other_methods_are_refused(maud: Caller) -> None:
    token = {"X-CSRFToken": csrf_of(maud.client)}
    for name, method in product(ADDRESSES, ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD")):
        answer = maud.client.generic(method, reverse(name), headers=token)
        problem(answer, 405, "method-not-allowed")
        assert "OPTIONS" not in answer.headers["Allow"]


def test_reading_addresses_take_no_post(maud: Caller) -> None:
    for name in ("api_access_events", "api_schema"):
        answer = maud.client.post(
            reverse(name), "{}", content_type=JSON, headers={"X-CSRFToken": csrf_of(maud.client)}
        )
        problem(answer, 405, "method-not-allowed")
