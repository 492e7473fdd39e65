"""Key sessions: the member keys between two requests, sealed under the browser's own secret.

The secret is 32 random bytes in a cookie. Expand(secret, "session-lookup") finds the row,
Expand(secret, "session-key") opens it; neither gives the other, and the row holds neither.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.errors import KeyFault, KeysLocked
from accounts.keys import member
from accounts.keys.box import close_box, open_box
from accounts.keys.encoding import expand, lp
from accounts.models import BrowserSession, KeySession, User

_SECRET_BYTES = 32
# The row's time of use is written at most once a minute, so that reading stays cheap.
_TOUCH_AFTER = timedelta(minutes=1)
_ON_SHARED = Exists(BrowserSession.objects.filter(ref=OuterRef("session_ref"), shared=True))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The row and the keys of one request, and when they lock if nothing more is done."""

    row: KeySession = field(repr=False)
    keys: member.MemberKeys = field(repr=False)
    locks_at: datetime


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
    BrowserSession.objects.filter(ref=session_ref).update(used_at=now)
    return base64.urlsafe_b64encode(secret).decode()


def find_open(cookie: str, user: User, session_ref: UUID) -> OpenSession:
    """Open the keys for this browser. Raises KeysLocked when idle too long, ended or not theirs."""
    secret = read_secret(cookie)
    lookup = expand(secret, "session-lookup")
    rows = KeySession.objects.filter(lookup=lookup, user=user, session_ref=session_ref)
    row = rows.annotate(on_shared=_ON_SHARED).first()
    now = timezone.now()
    if row is None or now >= row.expires_at or now - row.used_at > idle_limit(shared=row.on_shared):
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
        row.used_at = touch(session_ref)
    locks_at = row.used_at + idle_limit(shared=row.on_shared)
    return OpenSession(row, keys, min(locks_at, row.expires_at))


def stay_open(session_ref: UUID) -> datetime:
    """The person of this session is there: when it locks now if nothing more is done."""
    used_at = touch(session_ref)
    rows = KeySession.objects.filter(session_ref=session_ref).annotate(on_shared=_ON_SHARED)
    row = rows.first()
    if row is None:
        raise KeysLocked
    return min(used_at + idle_limit(shared=row.on_shared), row.expires_at)


def touch(session_ref: UUID) -> datetime:
    """Note that the person of this session is there, and give the time that was noted."""
    now = timezone.now()
    KeySession.objects.filter(session_ref=session_ref).update(used_at=now)
    BrowserSession.objects.filter(ref=session_ref).update(used_at=now)
    return now


def idle_limit(*, shared: bool) -> timedelta:
    """How long keys stay open without use; shorter on a computer that others use too."""
    return timedelta(minutes=settings.SHARED_IDLE_MINUTES if shared else settings.KEY_IDLE_MINUTES)


def lock(session_ref: UUID) -> None:
    """Forget the opened keys of one session; the person stays known."""
    KeySession.objects.filter(session_ref=session_ref).delete()


def lock_everywhere(user: User) -> None:
    """Forget the opened keys of a person in every browser."""
    KeySession.objects.filter(user=user).delete()


def mark_proved(session_ref: UUID) -> None:
    """Note that the person of this session has just shown again who they are."""
    KeySession.objects.filter(session_ref=session_ref).update(proved_at=timezone.now())


def read_secret(cookie: str) -> bytes:
    """The 32 bytes of a cookie's value. Raises KeysLocked for anything else."""
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
