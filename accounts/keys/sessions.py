"""Key sessions: the member keys between two requests, sealed under the browser's own secret.

The secret is 32 random bytes in a cookie. Expand(secret, "session-lookup") finds the row,
Expand(secret, "session-key") opens it; neither gives the other, and the row holds neither.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.errors import KeyFault, KeysLocked
from accounts.keys import member
from accounts.keys.box import close_box, open_box
from accounts.keys.encoding import expand, lp
from accounts.models import KeySession, User

_SECRET_BYTES = 32
# The row's time of use is written at most once a minute, so that reading stays cheap.
_TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The row and the keys of one request."""

    row: KeySession = field(repr=False)
    keys: member.MemberKeys = field(repr=False)


def hold_open(user: User, keys: member.MemberKeys, session_ref: UUID) -> str:
    """Store the keys for one browser and return the cookie's value, which is kept nowhere."""
    secret = os.urandom(_SECRET_BYTES)
    lookup = expand(secret, "session-lookup")
    now = timezone.now()
    KeySession.objects.create(
        lookup=lookup,
        user=user,
        session_ref=session_ref,
        blob=close_box(
            member.encode(keys),
            key=expand(secret, "session-key"),
            context=_context(lookup, user, session_ref),
        ),
        used_at=now,
        proved_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    return base64.urlsafe_b64encode(secret).decode()


def find_open(cookie: str, user: User, session_ref: UUID) -> OpenSession:
    """Open the keys for this browser. Raises KeysLocked when idle too long, ended or not theirs."""
    secret = _secret(cookie)
    lookup = expand(secret, "session-lookup")
    row = KeySession.objects.filter(lookup=lookup, user=user, session_ref=session_ref).first()
    now = timezone.now()
    if row is None or now >= row.expires_at or now - row.used_at > _idle():
        raise KeysLocked
    try:
        plaintext = open_box(
            bytes(row.blob),
            key=expand(secret, "session-key"),
            context=_context(lookup, user, session_ref),
        )
    except KeyFault as error:
        # Somebody changed the row: whoever holds the browser types the phrase again.
        raise KeysLocked from error
    keys = member.decode(plaintext)
    if now - row.used_at > _TOUCH_AFTER:
        KeySession.objects.filter(pk=row.pk).update(used_at=now)
    return OpenSession(row, keys)


def lock(session_ref: UUID) -> None:
    """Forget the opened keys of one session; the person stays known."""
    KeySession.objects.filter(session_ref=session_ref).delete()


def lock_everywhere(user: User) -> None:
    """Forget the opened keys of a person in every browser."""
    KeySession.objects.filter(user=user).delete()


def _secret(cookie: str) -> bytes:
    try:
        secret = base64.urlsafe_b64decode(cookie.encode())
    except (binascii.Error, ValueError) as error:
        raise KeysLocked from error
    if len(secret) != _SECRET_BYTES:
        raise KeysLocked
    return secret


def _context(lookup: bytes, user: User, session_ref: UUID) -> bytes:
    epoch = user.session_epoch.to_bytes(4, "big")
    return b"session" + lp(lookup, user.id.bytes, session_ref.bytes, epoch)


def _idle() -> timedelta:
    return timedelta(minutes=settings.KEY_IDLE_MINUTES)
