"""Between phrase and second factor: the slot's key waits, sealed, and opens nothing of itself.

The browser holds a provisional secret of 32 random bytes. Expand(secret, "pending-lookup") finds
the row, Expand(secret, "pending-key") opens it. The blob is bound to the row, the slot, the person
and the session epoch, so what ends a person's sessions ends a sign-in that waits as well.
"""

import base64
import os
from datetime import timedelta

from django.utils import timezone

from accounts.errors import KeyFault, KeysLocked
from accounts.keys.box import close_box, open_box
from accounts.keys.encoding import expand, lp
from accounts.keys.sessions import read_secret
from accounts.keys.slots import OpenedSlot, open_with_slot_key
from accounts.models import KeySlot, PendingSignIn, User

LIFETIME = timedelta(minutes=5)
_SECRET_BYTES = 32


def hold_pending(opened: OpenedSlot) -> str:
    """Store the slot's key until the factor is given; the cookie's value, which is kept nowhere."""
    secret = os.urandom(_SECRET_BYTES)
    lookup = expand(secret, "pending-lookup")
    now = timezone.now()
    PendingSignIn.objects.filter(expires_at__lte=now).delete()
    PendingSignIn.objects.create(
        lookup=lookup,
        slot=opened.slot,
        blob=close_box(
            opened.slot_key,
            key=expand(secret, "pending-key"),
            context=_context(lookup, opened.slot, opened.slot.user),
        ),
        expires_at=now + LIFETIME,
    )
    return base64.urlsafe_b64encode(secret).decode()


def open_pending(cookie: str, user: User) -> OpenedSlot:
    """Open the slot of a sign-in whose factor was given. Raises KeysLocked if it waits no more."""
    secret = read_secret(cookie)
    lookup = expand(secret, "pending-lookup")
    rows = PendingSignIn.objects.select_related("slot")
    row = rows.filter(lookup=lookup, slot__user=user, expires_at__gt=timezone.now()).first()
    if row is None:
        raise KeysLocked
    try:
        slot_key = open_box(
            bytes(row.blob),
            key=expand(secret, "pending-key"),
            context=_context(lookup, row.slot, user),
        )
        return open_with_slot_key(row.slot, slot_key)
    except KeyFault as error:
        raise KeysLocked from error


def drop_pending(cookie: str) -> None:
    """Forget a sign-in that waits: the factor was given, or the person begins anew."""
    PendingSignIn.objects.filter(lookup=expand(read_secret(cookie), "pending-lookup")).delete()


def _context(lookup: bytes, slot: KeySlot, user: User) -> bytes:
    epoch = user.session_epoch.to_bytes(4, "big")
    return b"pending" + lp(lookup, slot.id.bytes, user.id.bytes, epoch)
