"""What a browser may post of a security key or passkey: checked, rebuilt, and never said back."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.errors import WrongFactor
from accounts.services.passkeys import read_secret
from tests.factors import SoftKey, add_key, browser, give_phrase, is_in, options_of, post
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "extensions",
    [
        {"prf": {"enabled": True, "results": {"first": "c2VjcmV0"}}},
        {"prf": {}},
        {"hmacGetSecret": {"output1": "c2VjcmV0"}},
    ],
    ids=["prf results", "prf", "hmac-secret"],
)
def test_credential_with_extension_results_is_refused(
    world: World, extensions: dict[str, Any]
) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    options = options_of(client, "factor_key_options", use="passkey")
    fields = {"use": "passkey", "name": "", "secret": key.secret}
    answer = post(client, "factor_key", credential=key.create(options, **extensions), **fields)
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()
    assert add_key(client, key).status_code == 302
    unknown = browser()
    unknown.get(reverse("sign_in"))
    credential = key.get(options_of(unknown), **extensions)
    post(unknown, "passkey_sign_in", credential=credential, secret=key.secret)
    assert not is_in(unknown)


def test_only_the_needed_parts_are_stored(world: World) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    posted = json.loads(key.create(options_of(client, "factor_key_options", use="passkey")))
    secret = "should-not-be-stored"
    posted |= {"prf": secret, "more": {"secret": secret}}
    posted["response"]["secret"] = secret
    fields = {"use": "passkey", "name": "Mine", "secret": key.secret}
    assert post(client, "factor_key", credential=json.dumps(posted), **fields).status_code == 302
    data = Authenticator.objects.get().data
    assert secret not in str(data)
    assert set(data) == {"name", "credential"}
    assert set(data["credential"]["response"]) == {"clientDataJSON", "attestationObject"}


CHANGES: dict[str, Change] = {
    "no response": lambda posted: posted.pop("response"),
    "response is text": lambda posted: posted.update(response="x"),
    "no id": lambda posted: posted.pop("rawId"),
    "not base64": lambda posted: posted["response"].update(attestationObject="%%%"),
    "no CBOR": lambda posted: posted["response"].update(attestationObject="AAAA"),
    "deep CBOR": lambda posted: posted["response"].update(
        attestationObject=base64.urlsafe_b64encode(b"\x81" * 9000).decode()
    ),
    "no client data": lambda posted: posted["response"].update(clientDataJSON=""),
    "extensions are a list": lambda posted: posted.update(clientExtensionResults=["prf"]),
    "credProps is text": lambda posted: posted.update(clientExtensionResults={"credProps": "x"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_malformed_credential_is_refused_and_no_crash(world: World, change: Change) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    posted = json.loads(key.create(options_of(client, "factor_key_options", use="passkey")))
    change(posted)
    fields = {"use": "passkey", "name": "", "secret": key.secret}
    answer = post(client, "factor_key", credential=json.dumps(posted), **fields)
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("posted", ["", "x", "[]", "null", "1", '{"id": 1}', "{" * 5000])
def test_text_that_is_no_credential_is_refused(world: World, posted: str) -> None:
    add_key(give_phrase(world.maud), SoftKey())
    client = browser()
    client.get(reverse("sign_in"))
    options_of(client)
    answer = post(client, "passkey_sign_in", credential=posted, secret="")
    assert answer.status_code == 200
    assert b"not accepted" in answer.content


@pytest.mark.parametrize("posted", ["x", "AAAA", "*" * 43, "A" * 44, "é" * 43])
def test_secret_is_thirty_two_bytes_or_nothing(posted: str) -> None:
    with pytest.raises(WrongFactor):
        read_secret(posted)
    assert read_secret("") is None
    assert len(read_secret(SoftKey().secret) or b"") == 32


def test_secret_is_never_said_back(world: World) -> None:
    client, key = give_phrase(world.maud), SoftKey()
    fields = {"use": "passkey", "name": "", "credential": "{}", "secret": key.secret}
    assert key.secret not in post(client, "factor_key", **fields).content.decode()
    fields = {"credential": "{}", "secret": key.secret}
    for name in ("passkey_unlock", "passkey_sign_in"):
        assert key.secret not in post(client, name, **fields).content.decode()
