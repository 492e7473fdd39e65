"""Acts with security keys and passkeys: add one; sign in and unlock with one that holds a key.

The secret is 32 bytes that the browser expands from the passkey's PRF. It comes in the body of the
one request that makes or opens the slot, and is neither kept nor said back.
"""

import base64
import binascii
from dataclasses import dataclass, field

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.actor import Actor, origin_of
from accounts.errors import NoKeyInPasskey, WrongFactor, WrongPassphrase
from accounts.factors import FactorKind, credential_id
from accounts.factors.stages import BY_PASSKEY
from accounts.factors.throttle import count_attempt
from accounts.factors.webauthn import Purpose, check, check_new, person_named_by
from accounts.keys.slots import (
    OpenedSlot,
    credential_digest,
    make_passkey_slot,
    open_passkey_slot,
    passkey_slot_of,
)
from accounts.models import KeySlot, User
from accounts.services.sessions import begin_session, unlock_with
from audit.events import Event, Outcome
from audit.record import record

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser posts of a passkey."""

    credential: str = field(repr=False)
    secret: str = field(repr=False)


def read_secret(posted: str) -> bytes | None:
    """The 32 bytes of a posted secret; None for nothing. Raises WrongFactor for anything else."""
    if not posted:
        return None
    try:
        secret = base64.b64decode(posted + "=" * (-len(posted) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongFactor from error
    if len(secret) != _SECRET_BYTES:
        raise WrongFactor
    return secret


def add_key(
    *, actor: Actor, request: HttpRequest, shown: Shown, name: str, opens: bool
) -> FactorKind:
    """Keep a new key as second factor; where it `opens` and gave a secret, as a slot as well.

    What it became: a passkey without a PRF is a second factor only. Raises WrongFactor.
    """
    made = check_new(request, shown.credential, Purpose.NEW_PASSKEY if opens else Purpose.NEW_KEY)
    secret = read_secret(shown.secret)
    slot = None
    if opens and secret is not None and made.verified:
        slot = make_passkey_slot(actor.keys, secret, made.id)
    with transaction.atomic():
        if KeySlot.objects.filter(credential=credential_digest(made.id)).exists():
            raise WrongFactor
        WebAuthn.add(User.objects.get(pk=actor.user_id), name, made.stored)
        if slot is None:
            record(actor.origin, Event.FACTOR_ADDED, reason=FactorKind.KEY)
        else:
            slot.save(force_insert=True)
            record(actor.origin, Event.PASSKEY_ADDED, object_ref=slot.id)
    return FactorKind.KEY if slot is None else FactorKind.PASSKEY


def sign_in_by_passkey(
    *, request: HttpRequest, shown: Shown, next_url: str
) -> tuple[HttpResponse, str]:
    """Sign in; the answer that leads on and the key cookie's value.

    Raises WrongFactor or NoKeyInPasskey, after the failed attempt was recorded.
    """
    named = person_named_by(shown.credential)
    try:
        user, opened = _open(request, named, shown, Purpose.SIGN_IN)
    except (WrongFactor, NoKeyInPasskey):
        _record_failure(request, named, Event.SIGNIN_FAILED)
        raise
    login = Login(user=user, redirect_url=next_url, state={BY_PASSKEY: True})
    response: HttpResponse = perform_login(request, login)
    return response, begin_session(request=request, user=user, opened=opened)


def unlock_by_passkey(*, request: HttpRequest, user: User, shown: Shown) -> str:
    """Open the keys again in a session that was locked; the key cookie's new value.

    Raises WrongFactor or NoKeyInPasskey, and ValidationError after too many attempts.
    """
    counted = count_attempt(request, user)
    try:
        _user, opened = _open(request, user, shown, Purpose.KNOWN)
    except (WrongFactor, NoKeyInPasskey):
        _record_failure(request, user, Event.FACTOR_FAILED)
        raise
    counted.rollback()
    return unlock_with(request=request, user=user, opened=opened)


def show_passkey(*, request: HttpRequest, user: User, credential: str) -> None:
    """Prove with a passkey who one is, where no slot need be opened. Raises as unlock_by_passkey.

    The authenticator has verified the person (fingerprint, face or PIN): a touch is not enough.
    """
    counted = count_attempt(request, user)
    try:
        row = check(request, user, credential, Purpose.KNOWN)
    except WrongFactor:
        _record_failure(request, user, Event.FACTOR_FAILED)
        raise
    row.record_usage()
    counted.rollback()


def _open(
    request: HttpRequest, user: User | None, shown: Shown, purpose: Purpose
) -> tuple[User, OpenedSlot]:
    if user is None:
        raise WrongFactor
    row = check(request, user, shown.credential, purpose)
    slot = passkey_slot_of(user, credential_id(row))
    secret = read_secret(shown.secret)
    if slot is None or secret is None:
        raise NoKeyInPasskey
    try:
        opened = open_passkey_slot(slot, secret)
    except WrongPassphrase as error:
        raise WrongFactor from error
    row.record_usage()
    return user, opened


def _record_failure(request: HttpRequest, user: User | None, event: Event) -> None:
    with transaction.atomic(durable=True):
        record(origin_of(request, user=user), event, outcome=Outcome.REFUSED, reason="passkey")
