"""What private keys of recovery open, tried on every wrap in the database, without any rule.

The seed of a recovery key, which two custodians have offline, or what one custodian alone has.
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.keys.encoding import lp
from accounts.keys.kem import SEED_BYTES, KemPrivate, private_from_seed
from accounts.keys.recovery import PAIRS, Founded, open_seed
from accounts.keys.wrapping import Purpose
from accounts.models import RecoveryWrap
from casework.models import ItemVersion, RecoveryShare
from tests.ceremonies import custodian
from tests.old_keys import Locked, Memory, opened_with

_ID_BYTES = 16


def seed_of(founded: Founded) -> KemPrivate:
    """The recovery key itself, as two custodians have it."""
    return open_seed(custodian(founded, 1), custodian(founded, 2))


def keys_alone(founded: Founded, index: int) -> list[KemPrivate]:
    """All private keys that one custodian has from the own file: the own, and what is nested."""
    opened = custodian(founded, index)
    found, about = [opened.private], founded.about
    for places, nested in zip(PAIRS, about.nested, strict=True):
        context = about.recovery.bytes + bytes(places)
        outer = Locked(nested.outer, Purpose.RECOVERY_OUTER, context, nested.kid32)
        inner = outer.open(opened.private)
        if inner is not None:
            lock = Locked(inner, Purpose.RECOVERY_INNER, context, about.kid32)
            seeds = (inner, lock.open(opened.private))
            found += [private_from_seed(each) for each in seeds if each and len(each) == SEED_BYTES]
    return found


def opened_offline(keys: Iterable[KemPrivate]) -> set[UUID]:
    """The items that open with these keys, the whole database and the keeper's file."""
    memory = Memory({key.public: key for key in keys})
    for lock in _ring_locks():
        for key in list(memory.held.values()):
            if (seed := lock.open(key)) is not None:
                found = private_from_seed(seed)
                memory.held[found.public] = found
    memory.learn()
    return memory.opens() | _opened_by_name(list(memory.held.values()))


def _ring_locks() -> Iterable[Locked]:
    for row in RecoveryWrap.objects.select_related("epoch__ring"):
        ring, number = row.epoch.ring, row.epoch.number.to_bytes(4, "big")
        context = b"ring" + lp(ring.id.bytes, number, ring.agency_id.bytes)
        yield Locked(bytes(row.blob), Purpose.RECOVERY_RING, context, bytes(row.epoch.kid32))


def _opened_by_name(keys: Iterable[KemPrivate]) -> set[UUID]:
    found = set()
    held = list(keys)
    for row in RecoveryShare.objects.all():
        version = ItemVersion.objects.select_related("item").get(
            item_id=row.item_id, number=row.version
        )
        length = 1 + _ID_BYTES * row.blob[0]
        listed, blob = bytes(row.blob[:length]), bytes(row.blob[length:])
        context = b"item" + lp(row.item_id.bytes, row.version.to_bytes(4, "big"), listed)
        lock = Locked(blob, Purpose.RECOVERY_ITEM, context, bytes(version.kid32))
        roots = (lock.open(key) for key in held)
        root = next((each for each in roots if each is not None), None)
        if root is not None and opened_with(version, root):
            found.add(row.item_id)
    return found
