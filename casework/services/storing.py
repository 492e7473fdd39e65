"""Stores sealed items with their disclosures and keys; part of an act's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.keys.member import MemberKeys
from accounts.keys.wrapping import Purpose
from casework import sealing
from casework.choices import Compartment, DisclosurePurpose, ItemKind, Mark
from casework.models import Disclosure, Item, ItemVersion, SealedFile, Share
from casework.sealing import Address, DataKey, Place
from casework.services.recipients import Reader
from casework.services.recoverable import NOT_RECOVERED, keep_recoverable
from casework.signed_codes import sign_share


@dataclass(frozen=True, slots=True)
class Going:
    """To whom an item goes and why."""

    reader: Reader
    purpose: DisclosurePurpose


@dataclass(frozen=True, slots=True)
class NewItem:
    """One item to be stored. Its repr hides the text."""

    kind: ItemKind
    compartment: Compartment
    mark: Mark
    body: dict[str, Any] = field(repr=False)
    going: tuple[Going, ...] = ()
    id: UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A stored row with the digest of what was sealed."""

    row: Item
    digest: bytes


def item_address(item: Item, number: int | None = None) -> Address:
    """The place in which a text opens; part and mark are bound, so nobody widens its readers."""
    field = f"{item.kind}/{item.compartment}/{item.mark}"
    return Address(Place.ITEM, field, item.id, number or item.current)


def manifest_line(compartment: str, digest: bytes) -> str:
    """What a manifest says of one text: its part, since some parts the desk cannot open."""
    return f"{compartment} {digest.hex()}"


def store_item(
    new: NewItem,
    *,
    file: SealedFile,
    agency_id: UUID,
    key: DataKey,
    at: datetime,
    signer: MemberKeys | None,
    stored_by: MemberKeys | None = None,
) -> StoredItem:
    """Seal and store one item, with one disclosure and one key for each reader.

    `signer` signs inside the seal; `stored_by` signs outside and is seen by everybody, so it stays
    None where the author must not be (a referral's own items).
    """
    item = Item(
        id=new.id,
        case_id=file.case_id,
        file=file,
        kind=new.kind,
        compartment=new.compartment,
        mark=new.mark,
        agency_id=agency_id,
    )
    address = item_address(item, 1)
    blob, digest = sealing.seal(new.body, at=at, address=address, key=key, signer=signer)
    item.save(force_insert=True)
    ItemVersion.objects.create(
        item=item,
        number=1,
        kid32=key.kid32,
        blob=blob,
        stored_by=stored_by.id if stored_by else None,
        stored_signature=sealing.stored_signature(stored_by, blob, key.kid32, address)
        if stored_by
        else None,
    )
    share_item(item, key.root, new.going, at=at, signer=stored_by)
    return StoredItem(item, digest)


def share_item(
    item: Item, root: bytes, going: Sequence[Going], *, at: datetime, signer: MemberKeys | None
) -> None:
    """One ledger row and one wrap for each reader; a reader who is named twice is one.

    `signer` signs each row, and stays None where nobody may see outside the seal who shared.
    """
    once: dict[UUID, Going] = {}
    for each in going:
        once.setdefault(each.reader.recipient.id, each)
    for each in once.values():
        disclosure = Disclosure(
            case_id=item.case_id,
            item=item,
            to_agency_id=each.reader.agency_id,
            to_user_id=each.reader.user_id,
            purpose=each.purpose,
            made_at=at,
        )
        if signer is not None:
            sign_share(disclosure, signer)
        disclosure.save(force_insert=True)
        give_key(item, root, each.reader, disclosure, item.current)
    others = [each for each in once.values() if each.purpose not in NOT_RECOVERED]
    keep_recoverable(item, root, [each.reader for each in others])


def give_key(item: Item, root: bytes, reader: Reader, disclosure: Disclosure, number: int) -> None:
    """One wrap; who holds one already for an earlier reason keeps it for the new reason."""
    epoch = reader.epoch
    held = Share.objects.filter(
        item=item, version=number, member_key_id=reader.member_key_id, ring_epoch=epoch
    )
    if held.update(disclosure=disclosure):
        return
    Share.objects.create(
        item=item,
        disclosure=disclosure,
        version=number,
        member_key_id=reader.member_key_id,
        ring_epoch=epoch,
        ring_id=epoch.ring_id if epoch else None,
        blob=sealing.wrap_to(root, to=reader.recipient, purpose=Purpose.ITEM, row_id=item.id),
    )
