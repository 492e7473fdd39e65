"""What is sealed to a recovery key: ring seeds, and the data keys of items that go by name only.

Both are wraps (layout W) to the recovery id. A ring's context binds ring, epoch number and agency.
An item's binds item, version and the agencies whose people may read it by name; they stand in
front of the wrap, since nothing else would tell the custodians whose item it is:
    count 1 | agency ids, 16 each, sorted | layout W
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from accounts.errors import UnknownFormat
from accounts.keys.encoding import lp
from accounts.keys.kem import KemPrivate
from accounts.keys.wrapping import Purpose, Recipient, unwrap, wrap

_MOST_AGENCIES = 255
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class RingPlace:
    """The epoch whose seed is wrapped, and whose ring it is."""

    ring: UUID
    number: int
    agency: UUID

    @property
    def context(self) -> bytes:
        """What binds the wrap to this place."""
        return b"ring" + lp(self.ring.bytes, self.number.to_bytes(4, "big"), self.agency.bytes)


@dataclass(frozen=True, slots=True)
class OpenedForRecovery:
    """An item's data key, and the agencies whose people read it by name."""

    root: bytes = field(repr=False)
    agencies: frozenset[UUID]


def wrap_ring(seed: bytes, *, to: Recipient, place: RingPlace) -> bytes:
    """A ring's seed for the recovery key."""
    return wrap(seed, to=to, purpose=Purpose.RECOVERY_RING, context=place.context)


def unwrap_ring(
    blob: bytes, *, private: KemPrivate, recovery: UUID, place: RingPlace, kid32: bytes
) -> bytes:
    """The seed again. Raises WrongKey or UnknownFormat."""
    return unwrap(
        blob,
        private=private,
        recipient_id=recovery,
        purpose=Purpose.RECOVERY_RING,
        context=place.context,
        kid32=kid32,
    )


def wrap_item(
    root: bytes, *, to: Recipient, item: UUID, version: int, agencies: Collection[UUID]
) -> bytes:
    """An item's data key for the recovery key, with the agencies that may have it back."""
    if len(agencies) > _MOST_AGENCIES:
        raise UnknownFormat("too many agencies read one item by name")
    listed = bytes([len(agencies)]) + b"".join(sorted(each.bytes for each in agencies))
    context = _item_context(item, version, listed)
    return listed + wrap(root, to=to, purpose=Purpose.RECOVERY_ITEM, context=context)


def unwrap_item(
    blob: bytes, *, private: KemPrivate, recovery: UUID, item: UUID, version: int, kid32: bytes
) -> OpenedForRecovery:
    """The data key again. Raises WrongKey or UnknownFormat, also for a changed list of agencies."""
    length = 1 + _ID_BYTES * blob[0] if blob else 0
    listed = blob[:length]
    root = unwrap(
        blob[length:],
        private=private,
        recipient_id=recovery,
        purpose=Purpose.RECOVERY_ITEM,
        context=_item_context(item, version, listed),
        kid32=kid32,
    )
    ids = [listed[at : at + _ID_BYTES] for at in range(1, length, _ID_BYTES)]
    return OpenedForRecovery(root, frozenset(UUID(bytes=each) for each in ids))


def _item_context(item: UUID, version: int, listed: bytes) -> bytes:
    return b"item" + lp(item.bytes, version.to_bytes(4, "big"), listed)
