"""Second factors in tests: an app's codes, and a security key made of software."""

import hashlib
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from django.urls import reverse
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from audit.models import AccessEvent
from tests.signing_in import FORM, csrf_of
from tests.world import Person

ORIGIN, RP_ID = "http://localhost", "localhost"
TYPED = re.compile(r'<code class="confer-code"[^>]*>([^<]+)</code>')


def browser() -> Client:
    """A browser at the address that passkeys accept."""
    return Client(headers={"host": RP_ID})


def post(client: Client, page: str, *args: object, **fields: str) -> Any:
    """Send a form as a page would."""
    form = urlencode({**fields, "csrfmiddlewaretoken": csrf_of(client)})
    return client.post(reverse(page, args=args), form, content_type=FORM)


def give_phrase(person: Person, client: Client | None = None) -> Client:
    """A browser after the pass phrase: signed in, or waiting for the second factor."""
    client = client or browser()
    client.get(reverse("sign_in"))
    answer = post(client, "sign_in", login=person.email, password=person.phrase)
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    """Whether this browser gets a page that needs open keys."""
    return bool(client.get(reverse("passphrase_change")).status_code == 200)


def has_key_cookie(client: Client) -> bool:
    """Whether this browser was given a key."""
    morsel = client.cookies.get(settings.KEY_COOKIE_NAME)
    return bool(morsel and morsel.value)


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an app with this secret shows now, or some steps of half a minute later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def add_app(client: Client) -> str:
    """Set up an authenticator app through the pages; its secret."""
    page = client.get(reverse("factor_app")).content.decode()
    secret = TYPED.findall(page)[0].replace(" ", "")
    assert post(client, "factor_app", code=code_of(secret)).status_code == 302
    return str(secret)


def make_card(client: Client) -> list[str]:
    """Make a card of codes through the pages; its codes."""
    old = client.get(reverse("factor_card")).context["old"]
    page = post(client, "factor_card", replaces=old).content.decode()
    return [str(code) for code in TYPED.findall(page)]


def with_app(person: Person) -> str:
    """The secret of an app that this person has set up."""
    return add_app(give_phrase(person))


def actions(*wanted: str) -> list[tuple[str, str, str]]:
    """What the log says of these words: action, outcome and reason, oldest first."""
    rows = AccessEvent.objects.filter(action__in=wanted).order_by("at")
    return list(rows.values_list("action", "outcome", "reason"))


def door(answer: Any) -> str:
    """The page that an answer leads to."""
    return str(answer.headers["Location"]).split("?")[0].strip("/")


@dataclass
class SoftKey:
    """A security key in software: signs challenges, and has a PRF unless told otherwise."""

    verifies: bool = True
    resident: bool = True
    id: bytes = field(default_factory=lambda: os.urandom(32))
    prf: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: str = ""

    @property
    def secret(self) -> str:
        """What the browser expands from the PRF, as it posts it."""
        return websafe_encode(hashlib.sha256(self.prf).digest())

    def create(self, options: dict[str, Any], **extensions: object) -> str:
        """The credential that a browser posts for a new key."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        point = self.private.public_key().public_numbers()
        public = {
            1: 2,
            3: -7,
            -1: 1,
            -2: point.x.to_bytes(32, "big"),
            -3: point.y.to_bytes(32, "big"),
        }
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, CoseKey.parse(public))
        flags = AuthenticatorData.FLAG.AT | self._flags
        data = AuthenticatorData.create(_rp_hash(), flags, 0, bytes(made))
        statement = AttestationObject.create("none", data, {})
        response = {
            "clientDataJSON": _client_data("webauthn.create", asked["challenge"]),
            "attestationObject": websafe_encode(bytes(statement)),
        }
        results = {"credProps": {"rk": self.resident}, **extensions}
        return self._posted(response, results)

    def get(self, options: dict[str, Any], *, origin: str = ORIGIN, **extensions: object) -> str:
        """The credential that a browser posts when the key is shown."""
        challenge = options["publicKey"]["challenge"]
        client_data = CollectedClientData.create("webauthn.get", challenge, origin)
        data = bytes(AuthenticatorData.create(_rp_hash(), self._flags, 1))
        signature = self.private.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(bytes(client_data)),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self._posted(response, extensions)

    @property
    def _flags(self) -> AuthenticatorData.FLAG:
        present = AuthenticatorData.FLAG.UP
        return present | AuthenticatorData.FLAG.UV if self.verifies else present

    def _posted(self, response: dict[str, str], extensions: dict[str, object]) -> str:
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )


def options_of(client: Client, name: str = "passkey_options", **query: str) -> dict[str, Any]:
    """What a browser is told before it asks for a key."""
    answer = client.get(reverse(name), query)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def add_key(
    client: Client, key: SoftKey, *, use: str = "passkey", secret: str | None = None
) -> Any:
    """Add a key through the pages; the answer."""
    options = options_of(client, "factor_key_options", use=use)
    sent = key.secret if secret is None and use == "passkey" else secret or ""
    return post(
        client, "factor_key", use=use, name="My key", credential=key.create(options), secret=sent
    )


def _rp_hash() -> bytes:
    return hashlib.sha256(RP_ID.encode()).digest()


def _client_data(kind: str, challenge: str) -> str:
    return websafe_encode(bytes(CollectedClientData.create(kind, challenge, ORIGIN)))
