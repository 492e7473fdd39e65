"""Opens items whose access record is committed: both locks, the text, and who vouches for it."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.actor import Actor
from accounts.errors import KeyFault
from accounts.keys import directory, rings
from accounts.keys.kem import KemPrivate
from accounts.keys.statements import VerifiedDirectory
from accounts.keys.wrapping import Purpose
from accounts.models import RingEpoch, RingWrap
from casework import sealing
from casework.choices import Compartment, ItemKind, Mark
from casework.errors import SealBroken, SealError
from casework.models import Item, ItemVersion, Share
from casework.services.storing import item_address
from casework.signed_codes import genuine_share

logger = logging.getLogger(__name__)


class Vouched(StrEnum):
    """Whether a text is by whom it says."""

    AUTHOR = "author"  # the author's own signature verifies
    DESK = "desk"  # verified and countersigned by the intake desk
    NOT_YET = "not_yet"  # sent, but the desk has not verified it
    FORGED = "forged"  # it does not verify: never shown as genuine


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """An opened item. Its repr hides the text, and a forged one has none."""

    id: UUID
    case_id: UUID
    current: int
    kind: ItemKind
    compartment: Compartment
    mark: Mark
    agency_id: UUID
    at: datetime
    vouched: Vouched
    body: dict[str, Any] = field(repr=False)
    author_key: UUID | None = None
    digest: bytes = field(default=b"", repr=False)
    root: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class _Held:
    """A share that the actor can open; a ring's with the actor's own wraps of its epochs."""

    share: Share
    wraps: Mapping[UUID, bytes] = field(repr=False)


class _Reading:
    """What one act looks up once for all its items: rings of the actor, and the directory."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._rings: dict[UUID, KemPrivate] = {}

    def ring(self, epoch: RingEpoch, wraps: Mapping[UUID, bytes]) -> KemPrivate:
        """The epoch's private key by the own wrap of it, else through later epochs."""
        if epoch.id not in self._rings:
            keys = self.actor.keys
            self._rings[epoch.id] = (
                rings.open_wrapped_ring(epoch, wraps[epoch.id], keys)
                if epoch.id in wraps
                else rings.open_ring(epoch, keys)
            )
        return self._rings[epoch.id]

    @cached_property
    def directory(self) -> VerifiedDirectory:
        """Who owns which key, verified up to the actor's pin. Raises DirectoryForged."""
        return directory.verified(self.actor.keys.pin)


def unseal_items(actor: Actor, items: Sequence[Item], *, event_id: UUID) -> list[OpenedItem]:
    """The texts of readable items, in their order, for one committed record of the actor.

    A text that does not open or verify comes back as FORGED without a body.
    """
    shares = _held_shares(actor, items)
    versions = {
        (row.item_id, row.number): row
        for row in ItemVersion.objects.filter(item__in=[item.pk for item in items])
    }
    locks = _keeper_shares(actor, items, versions, event_id)
    reading = _Reading(actor)
    opened = []
    for item in items:
        version = versions[(item.pk, item.current)]
        try:
            held = shares[item.pk]
            if not genuine_share(held.share.disclosure, reading.directory):
                raise SealBroken("nobody who may share did")
            root = _root(reading, held, version)
            opened.append(_open(reading, item, version, root, locks[bytes(version.kid32)]))
        except (SealError, KeyFault):
            opened.append(_forged(item))
    return opened


def open_roots(actor: Actor, items: Sequence[Item]) -> dict[UUID, bytes]:
    """The data keys' roots of readable items, to wrap them to somebody else; opens no text.

    What does not open is left out: nobody can give away what they cannot open.
    """
    shares = _held_shares(actor, items)
    rows = ItemVersion.objects.filter(item__in=[item.pk for item in items])
    versions = {(row.item_id, row.number): row for row in rows}
    reading = _Reading(actor)
    roots = {}
    for item in items:
        try:
            roots[item.pk] = _root(reading, shares[item.pk], versions[(item.pk, item.current)])
        except (SealError, KeyFault):
            logger.warning("a key does not open and cannot be given on: %s", item.pk)
    return roots


def _keeper_shares(
    actor: Actor,
    items: Sequence[Item],
    versions: dict[tuple[UUID, int], ItemVersion],
    event_id: UUID,
) -> dict[bytes, bytes]:
    """The second lock of each data key, asked once for each file."""
    by_file: dict[UUID, list[bytes]] = {}
    for item in items:
        kid32 = bytes(versions[(item.pk, item.current)].kid32)
        by_file.setdefault(item.file_id, []).append(kid32)
    found: dict[bytes, bytes] = {}
    for file_id, kids in by_file.items():
        shares = sealing.keeper_shares(file_id, kids, event_id=event_id, person=actor.log_ref)
        found |= dict(zip(kids, shares, strict=True))
    return found


def _held_shares(actor: Actor, items: Sequence[Item]) -> dict[UUID, _Held]:
    """For each item one share that the actor can open, the newest, by name before by ring."""
    rows = Share.objects.filter(item__in=[item.pk for item in items]).select_related(
        "ring_epoch", "disclosure"
    )
    found = list(rows.order_by("item_id", "version"))
    wraps = _own_wraps(actor, {row.ring_id for row in found if row.ring_id})
    chosen: dict[UUID, Share] = {}
    for row in found:
        if row.member_key_id != actor.keys.id and row.ring_id not in wraps:
            continue
        held = chosen.get(row.item_id)
        newer = held is None or row.version > held.version
        if newer or (held is not None and held.member_key_id is None and row.member_key_id):
            chosen[row.item_id] = row
    return {
        item_id: _Held(share, wraps[share.ring_id] if share.ring_id else {})
        for item_id, share in chosen.items()
    }


def _own_wraps(actor: Actor, ring_ids: Collection[UUID]) -> dict[UUID, dict[UUID, bytes]]:
    """The actor's keys of these rings by epoch, of rings of the hat's own agency only."""
    rows = RingWrap.objects.filter(
        member_key_id=actor.keys.id,
        epoch__ring_id__in=ring_ids,
        epoch__ring__agency_id=actor.hat.agency_id,
    )
    found: dict[UUID, dict[UUID, bytes]] = {}
    for ring_id, epoch_id, blob in rows.values_list("epoch__ring_id", "epoch_id", "blob"):
        found.setdefault(ring_id, {})[epoch_id] = bytes(blob)
    return found


def _root(reading: _Reading, held: _Held, version: ItemVersion) -> bytes:
    share = held.share
    keys = reading.actor.keys
    recipient_id, private = keys.id, keys.private
    if share.ring_epoch is not None:
        recipient_id, private = share.ring_epoch.id, reading.ring(share.ring_epoch, held.wraps)
    return sealing.unwrap_root(
        bytes(share.blob),
        private=private,
        recipient_id=recipient_id,
        purpose=Purpose.ITEM,
        row_id=share.item_id,
        kid32=bytes(version.kid32),
    )


def _open(
    reading: _Reading, item: Item, version: ItemVersion, root: bytes, lock: bytes
) -> OpenedItem:
    address = item_address(item)
    text = sealing.unseal(
        bytes(version.blob), address=address, root=root, kid32=bytes(version.kid32), share=lock
    )
    vouched = _vouched(reading, version, text, address)
    if vouched is Vouched.FORGED:
        raise SealBroken("the signature does not verify")
    return OpenedItem(
        id=item.pk,
        case_id=item.case_id,
        current=item.current,
        kind=ItemKind(item.kind),
        compartment=Compartment(item.compartment),
        mark=Mark(item.mark),
        agency_id=item.agency_id,
        at=text.at,
        vouched=vouched,
        body=text.body,
        author_key=text.author_key,
        digest=text.digest,
        root=root,
    )


def _vouched(
    reading: _Reading, version: ItemVersion, text: sealing.Opened, address: sealing.Address
) -> Vouched:
    # What the seal and the row say: the later of both, so that a retired key signs nothing new.
    at = max(text.at, version.created_at)
    if text.author_key is not None:
        public = reading.directory.signing_key(text.author_key, at=at)
        if not sealing.signed_by(text, address, public):
            return Vouched.FORGED
    if version.stored_by is not None and version.stored_signature is not None:
        genuine = sealing.stored_by(
            reading.directory.signing_key(version.stored_by, at=at),
            bytes(version.stored_signature),
            bytes(version.blob),
            bytes(version.kid32),
            address,
        )
        if not genuine:
            return Vouched.FORGED
        if text.author_key == version.stored_by:
            return Vouched.AUTHOR
        by_desk = reading.directory.coordinated(version.stored_by, at=at)
        return Vouched.DESK if by_desk else Vouched.FORGED
    return Vouched.AUTHOR if text.author_key is not None else Vouched.NOT_YET


def _forged(item: Item) -> OpenedItem:
    return OpenedItem(
        id=item.pk,
        case_id=item.case_id,
        current=item.current,
        kind=ItemKind(item.kind),
        compartment=Compartment(item.compartment),
        mark=Mark(item.mark),
        agency_id=item.agency_id,
        at=item.created_at,
        vouched=Vouched.FORGED,
        body={},
    )
