"""What somebody's keys really open, tried on every wrap and text, without asking who may read.

The keeper's lock is taken as open here: its file is read directly. So the answer is what need to
know by keys alone would allow, and everything narrower is held by rules.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from accounts.errors import KeyFault
from accounts.keys.kem import KemPrivate, private_from_seed
from accounts.keys.member import MemberKeys
from accounts.keys.wrapping import Purpose, unwrap
from accounts.models import RingEpoch, RingWrap
from casework import sealing
from casework.errors import SealError
from casework.models import ItemVersion, Share
from casework.services.storing import item_address


@dataclass(frozen=True)
class Opening:
    """A text that somebody's keys open, and by which keys: the own one, rings of these agencies."""

    body: dict[str, Any] = field(repr=False)
    by_name: bool
    by_rings_of: frozenset[UUID]


def opened_items(keys: MemberKeys) -> dict[UUID, Opening]:
    """The texts of all items that these keys open, in their newest version."""
    held = {keys.id: _Held(keys.private), **_rings(keys)}
    locks = file_keys()
    shares: dict[UUID, list[bytes]] = {}
    for item_id, blob in Share.objects.values_list("item_id", "blob"):
        shares.setdefault(item_id, []).append(bytes(blob))
    found: dict[UUID, Opening] = {}
    for version in ItemVersion.objects.filter(number=F("item__current")).select_related("item"):
        opening = _open(version, shares.get(version.item_id, []), held, locks)
        if opening is not None:
            found[version.item_id] = opening
    return found


def file_keys() -> Mapping[UUID, bytes]:
    """The keeper's file keys, read from its file."""
    with closing(sqlite3.connect(settings.KEEPER_PATH)) as db:
        rows = db.execute("SELECT file_id, key FROM file_key").fetchall()
    return {UUID(bytes=file_id): key for file_id, key in rows}


@dataclass(frozen=True)
class _Held:
    """A private key; `agency_id` is None for the person's own."""

    private: KemPrivate
    agency_id: UUID | None = None


def _rings(keys: MemberKeys) -> dict[UUID, _Held]:
    """Every epoch whose private key can be reached from the member's own."""
    own = {keys.id: _Held(keys.private)}
    held: dict[UUID, _Held] = {}
    for row in RingWrap.objects.select_related("epoch__ring"):
        opened = _unwrapped(bytes(row.blob), own, Purpose.RING, *_place(row.epoch))
        if opened is not None:
            held[row.epoch.pk] = _Held(private_from_seed(opened[1]), row.epoch.ring.agency_id)
    # Newest first: each epoch opens the one before it.
    later = RingEpoch.objects.exclude(previous_blob=None).select_related("ring")
    for epoch in later.order_by("ring_id", "-number"):
        before = RingEpoch.objects.get(ring_id=epoch.ring_id, number=epoch.number - 1)
        blob = bytes(epoch.previous_blob or b"")
        opened = _unwrapped(blob, held, Purpose.RING_SUCCESSOR, *_place(before))
        if opened is not None:
            held[before.pk] = _Held(private_from_seed(opened[1]), epoch.ring.agency_id)
    return held


def _place(epoch: RingEpoch) -> tuple[bytes, bytes]:
    """Context and commitment of an epoch's seed."""
    return epoch.ring_id.bytes + epoch.number.to_bytes(4, "big"), bytes(epoch.kid32)


def _unwrapped(
    blob: bytes, held: Mapping[UUID, _Held], purpose: Purpose, context: bytes, kid32: bytes
) -> tuple[_Held, bytes] | None:
    """The key that opens a wrap and the secret: each is tried, whoever the wrap says it is for."""
    for each in held.values():
        try:
            secret = unwrap(
                blob,
                private=each.private,
                recipient_id=UUID(bytes=blob[20:36].ljust(16, b"\0")),
                purpose=purpose,
                context=context,
                kid32=kid32,
            )
        except KeyFault:
            continue
        return each, secret
    return None


def _open(
    version: ItemVersion,
    wraps: Sequence[bytes],
    held: Mapping[UUID, _Held],
    locks: Mapping[UUID, bytes],
) -> Opening | None:
    kid32 = bytes(version.kid32)
    item = version.item
    ways = [_unwrapped(wrap, held, Purpose.ITEM, item.pk.bytes, kid32) for wrap in wraps]
    opened = [way for way in ways if way is not None]
    lock = locks.get(item.file_id)
    if not opened or lock is None:
        return None
    try:
        text = sealing.unseal(
            bytes(version.blob),
            address=item_address(item, version.number),
            root=opened[0][1],
            kid32=kid32,
            share=hmac.digest(lock, kid32, hashlib.sha512)[:32],
        )
    except SealError:
        return None
    agencies = {each.agency_id for each, _root in opened}
    return Opening(text.body, None in agencies, frozenset(each for each in agencies if each))
