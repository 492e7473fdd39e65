"""Everything that somebody ever held, tried on every wrap in the database, without any rule.

Nobody can be made to forget: who once opened a ring may have kept its seed, and who lost a pass
phrase may find the paper again. So a person here remembers all member keys and all ring seeds that
they could open at any time, and each is tried on each wrap, whomever the wrap says it is for.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

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
from tests.decrypting import file_keys

# What was tried once needs no second try: the same bytes, place and key give the same answer.
_tried: dict[tuple[bytes, bytes, bytes], bytes | None] = {}


@dataclass(frozen=True)
class Locked:
    """One wrap in its place."""

    blob: bytes = field(repr=False)
    purpose: Purpose
    context: bytes
    kid32: bytes

    def open(self, key: KemPrivate) -> bytes | None:
        """The secret inside, if this private key opens it."""
        place = bytes([self.purpose]) + self.context + self.kid32
        tried = (hashlib.sha256(self.blob).digest(), place, key.public[-32:])
        if tried not in _tried:
            _tried[tried] = self._open(key)
        return _tried[tried]

    def _open(self, key: KemPrivate) -> bytes | None:
        try:
            return unwrap(
                self.blob,
                private=key,
                recipient_id=UUID(bytes=self.blob[20:36].ljust(16, b"\0")),
                purpose=self.purpose,
                context=self.context,
                kid32=self.kid32,
            )
        except KeyFault:
            return None


@dataclass
class Memory:
    """All private keys that one person ever had, by their public key."""

    held: dict[bytes, KemPrivate] = field(default_factory=dict, repr=False)

    def learn(self, *keys: MemberKeys) -> None:
        """New member keys, and every ring seed that all keys so far open now."""
        for each in keys:
            self.held[each.private.public] = each.private
        before = -1
        while before != len(self.held):
            before = len(self.held)
            for lock in ring_locks():
                for key in list(self.held.values()):
                    if (seed := lock.open(key)) is not None:
                        found = private_from_seed(seed)
                        self.held.setdefault(found.public, found)

    def opens(self) -> set[UUID]:
        """The items whose newest text these keys open, with the keeper's file beside them."""
        return opened_by(self.held.values())


def with_keys(keys: MemberKeys) -> Memory:
    """What somebody can open who has these member keys and remembers nothing else."""
    memory = Memory()
    memory.learn(keys)
    return memory


def ring_locks() -> list[Locked]:
    """Every wrap of a ring's seed: to its holders, and to the next epoch."""
    epochs = {row.pk: row for row in RingEpoch.objects.all()}
    before = {(row.ring_id, row.number + 1): row for row in epochs.values()}
    found = [
        _ring_lock(bytes(blob), Purpose.RING, epochs[epoch_id])
        for epoch_id, blob in RingWrap.objects.values_list("epoch_id", "blob")
    ]
    return found + [
        _ring_lock(
            bytes(row.previous_blob), Purpose.RING_SUCCESSOR, before[(row.ring_id, row.number)]
        )
        for row in epochs.values()
        if row.previous_blob is not None
    ]


def opened_by(keys: Iterable[KemPrivate]) -> set[UUID]:
    """The items that any of these private keys open."""
    held, locks = list(keys), file_keys()
    shares: dict[UUID, list[bytes]] = {}
    for item_id, blob in Share.objects.values_list("item_id", "blob"):
        shares.setdefault(item_id, []).append(bytes(blob))
    found = set()
    for version in ItemVersion.objects.filter(number=F("item__current")).select_related("item"):
        item_locks = [
            Locked(blob, Purpose.ITEM, version.item_id.bytes, bytes(version.kid32))
            for blob in shares.get(version.item_id, [])
        ]
        roots = (lock.open(key) for lock in item_locks for key in held)
        root = next((each for each in roots if each is not None), None)
        lock = locks.get(version.item.file_id)
        if root is not None and lock is not None and _reads(version, root, lock):
            found.add(version.item_id)
    return found


def opened_with(version: ItemVersion, root: bytes) -> bool:
    """Whether this root opens a text, with the keeper's file beside it."""
    lock = file_keys().get(version.item.file_id)
    return lock is not None and _reads(version, root, lock)


def _ring_lock(blob: bytes, purpose: Purpose, epoch: RingEpoch) -> Locked:
    context = epoch.ring_id.bytes + epoch.number.to_bytes(4, "big")
    return Locked(blob, purpose, context, bytes(epoch.kid32))


def _reads(version: ItemVersion, root: bytes, lock: bytes) -> bool:
    kid32 = bytes(version.kid32)
    try:
        sealing.unseal(
            bytes(version.blob),
            address=item_address(version.item, version.number),
            root=root,
            kid32=kid32,
            share=hmac.digest(lock, kid32, hashlib.sha512)[:32],
        )
    except SealError:
        return False
    return True
