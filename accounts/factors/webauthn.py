"""Security keys and passkeys as they are asked and checked: challenge out, credential in.

A challenge serves one purpose, once. What a browser posts is rebuilt from the few parts that are
needed, so nothing else of it is ever stored, and a credential that carries results of an extension
(a PRF's output would be a key) is refused.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from allauth.account.utils import url_str_to_user_pk
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AuthenticatorData,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.errors import WrongFactor
from accounts.factors import credential_id
from accounts.models import User

_CHALLENGE = "webauthn"
_RESPONSE_PARTS = frozenset(
    {"clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"}
)
# What the parsers of CBOR, COSE and JSON raise on bytes that are none.
_MALFORMED = (
    ValueError, TypeError, LookupError, AttributeError, NotImplementedError, AssertionError,
    struct.error, RecursionError, OverflowError, ValidationError,
)  # fmt: skip


class Purpose(StrEnum):
    """What a challenge was given for."""

    NEW_PASSKEY = "new_passkey"
    NEW_KEY = "new_key"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    KNOWN = "known"  # unlocking, or proving again who one is


# Only here a touch is enough: the pass phrase came before it.
_TOUCH_ONLY = frozenset({Purpose.NEW_KEY, Purpose.SECOND_STEP})


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential that was just made, as it may be stored."""

    stored: dict[str, Any]
    id: bytes
    verified: bool


def ask_new(request: HttpRequest, user: User, purpose: Purpose) -> dict[str, Any]:
    """What a browser needs to make a credential; it makes none where the person has one already."""
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=auth.get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED
        if purpose is Purpose.NEW_KEY
        else ResidentKeyRequirement.REQUIRED,
        user_verification=_verification(purpose),
        extensions={"credProps": True},
    )
    return _keep(request, purpose, state, options)


def ask(request: HttpRequest, user: User | None, purpose: Purpose) -> dict[str, Any]:
    """What a browser needs to show a credential: one of `user`, or any that it knows."""
    options, state = auth.get_server().authenticate_begin(
        credentials=auth.get_credentials(user) if user else None,
        user_verification=_verification(purpose),
    )
    return _keep(request, purpose, state, options)


def check_new(request: HttpRequest, posted: str, purpose: Purpose) -> NewCredential:
    """Check a credential that was made for this browser's challenge. Raises WrongFactor."""
    state = _take(request, purpose)
    try:
        stored = _rebuilt(posted)
        data: AuthenticatorData = auth.get_server().register_complete(state, stored)
        # allauth reads it in this form ever after: what does not read back is not stored.
        auth.parse_registration_response(stored)
    except _MALFORMED as error:
        raise WrongFactor from error
    if data.credential_data is None:
        raise WrongFactor
    return NewCredential(stored, data.credential_data.credential_id, data.is_user_verified())


def check(request: HttpRequest, user: User, posted: str, purpose: Purpose) -> Any:
    """The row of the credential of `user` that answered this browser's challenge.

    Raises WrongFactor.
    """
    state = _take(request, purpose)
    try:
        shown = _rebuilt(posted)
        found = auth.get_server().authenticate_complete(state, auth.get_credentials(user), shown)
    except _MALFORMED as error:
        raise WrongFactor from error
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    row = next((each for each in rows if credential_id(each) == found.credential_id), None)
    if row is None:
        raise WrongFactor
    return row


def person_named_by(posted: str) -> User | None:
    """The person whom a passkey names. Nothing is proved by it yet."""
    try:
        handle = websafe_decode(str(_rebuilt(posted)["response"]["userHandle"])).decode()
        key = UUID(str(url_str_to_user_pk(handle)))
    except _MALFORMED:
        return None
    return User.objects.filter(pk=key, is_active=True).first()


def _verification(purpose: Purpose) -> UserVerificationRequirement:
    if purpose in _TOUCH_ONLY:
        return UserVerificationRequirement.PREFERRED
    return UserVerificationRequirement.REQUIRED


def _keep(
    request: HttpRequest, purpose: Purpose, state: Any, options: Mapping[str, Any]
) -> dict[str, Any]:
    request.session[_CHALLENGE] = {"purpose": purpose.value, "state": dict(state)}
    plain: dict[str, Any] = json.loads(json.dumps(dict(options), default=dict))
    return plain


def _take(request: HttpRequest, purpose: Purpose) -> Any:
    """The state of this browser's challenge, once. Raises WrongFactor."""
    kept = request.session.pop(_CHALLENGE, None)
    if kept is None or kept["purpose"] != purpose:
        raise WrongFactor
    return kept["state"]


def _rebuilt(posted: str) -> dict[str, Any]:
    """The parts of a posted credential that are needed. Raises ValueError and the like."""
    given = json.loads(posted)
    extensions = given.get("clientExtensionResults") or {}
    if set(extensions) - {"credProps"}:
        raise ValueError("a credential may not carry the results of an extension")
    resident = (extensions.get("credProps") or {}).get("rk")
    response = {
        name: str(value) for name, value in given["response"].items() if name in _RESPONSE_PARTS
    }
    return {
        "id": str(given["id"]),
        "rawId": str(given["rawId"]),
        "type": "public-key",
        "response": response,
        "clientExtensionResults": {"credProps": {"rk": resident is True}},
    }
