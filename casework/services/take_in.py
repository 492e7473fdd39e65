"""The desk takes a referral in: acknowledges (verifies, makes the team ring), returns, routes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import DirectoryForged
from accounts.keys import directory, rings
from accounts.keys.encoding import canonical
from accounts.keys.signing import SignedAs, sign, verify
from accounts.models import Agency
from accounts.models.rings import RingKind
from accounts.queries import live_key
from audit.events import Event
from audit.record import record
from casework import access, sealing
from casework.access_matrix import Act
from casework.choices import CaseRoleKind, Compartment, DisclosurePurpose, ItemKind, ReturnReason
from casework.errors import AccessDenied, SealForged
from casework.models import Disclosure, Item, ItemVersion, Referral
from casework.services.acting import Found, find_for, raise_refusal, record_refusal, record_unlock
from casework.services.desk_clock import postpone_deputies, screen_by
from casework.services.ending import end_shares
from casework.services.open_item import report_forged
from casework.services.recipients import (
    Reader,
    person_reader,
    recipient_refs,
    ring_reader,
)
from casework.services.storing import Going, item_address, manifest_line, share_item
from casework.services.unsealing import OpenedItem, Vouched, unseal_items
from casework.transitions import Step

# Sealed by name, never to a ring (sealing.md, section 1).
_BY_NAME = frozenset({Compartment.C10, Compartment.C11, Compartment.C13})


def acknowledge(*, actor: Actor, referral_id: UUID) -> None:
    """Verify what the author signed, vouch for it, and move the keys from the desk to the team.

    Raises SealForged when a text does not verify: the auditor finds it in the log.
    """
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.ACKNOWLEDGE, referral_id, Step.ACKNOWLEDGE)
        items = _desk_items(actor, found)
        event_id = (
            record_refusal(actor, Event.REFERRAL_ACKNOWLEDGED, found)
            if found.refusal
            else record_unlock(actor, Act.ACKNOWLEDGE, found, [item.pk for item in items])
        )
    raise_refusal(found)
    opened = unseal_items(actor, items, event_id=event_id)
    report_forged(actor, found.referral.case, opened)
    try:
        manifest = _verified_manifest(actor, found.referral, opened)
    except SealForged:
        _record_forged(actor, found)
        raise
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.ACKNOWLEDGE, referral_id, Step.ACKNOWLEDGE)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_ACKNOWLEDGED, found)
        else:
            _take_over(actor, found, items, opened, manifest)
    raise_refusal(found)


def return_referral(*, actor: Actor, referral_id: UUID, reason: ReturnReason) -> None:
    """Give it back to the author with a reason; they may add what is missing and send again."""
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.RETURN, referral_id, Step.RETURN)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_RETURNED, found)
        else:
            found.referral.returned_reason = reason
            _move(actor, found, Event.REFERRAL_RETURNED, reason)
    raise_refusal(found)


def route_urgent(*, actor: Actor, referral_id: UUID) -> None:
    """Record that the emergency services were called by telephone."""
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.ROUTE_URGENT, referral_id, Step.ROUTE_URGENT)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_ROUTED_URGENT, found)
        else:
            _move(actor, found, Event.REFERRAL_ROUTED_URGENT, "")
    raise_refusal(found)


def _move(actor: Actor, found: Found, event: Event, reason: str) -> None:
    referral = found.referral
    referral.state = found.state
    referral.save(update_fields=["state", "returned_reason"])
    record(
        actor.origin,
        event,
        reason=reason,
        case_ref=referral.case.log_ref,
        object_ref=referral.pk,
    )


def _desk_items(actor: Actor, found: Found) -> list[Item]:
    if found.refusal:
        return []
    return list(
        access.readable(actor)
        .select_related("case")
        .filter(file_id=found.referral.file_id)
        .exclude(compartment=Compartment.C10)
        .order_by("created_at", "id")
    )


def _record_forged(actor: Actor, found: Found) -> None:
    """Not only a text: a list of texts that does not verify is in the log too."""
    with transaction.atomic(durable=True):
        refused = Found(found.referral, found.state, "seal_or_signature")
        record_refusal(actor, Event.REFERRAL_ACKNOWLEDGED, refused)


def _verified_manifest(
    actor: Actor, referral: Referral, opened: Sequence[OpenedItem]
) -> dict[str, str]:
    """The author's manifest, if every text is in it unchanged. Raises SealForged."""
    source = next((each for each in opened if each.kind is ItemKind.SOURCE), None)
    if source is None or any(each.vouched is Vouched.FORGED for each in opened):
        raise SealForged
    manifest: dict[str, str] = source.body["manifest"]
    key_id = UUID(source.body["manifest_key"])
    if key_id != source.author_key:
        raise SealForged
    try:
        public = directory.signing_key(key_id, at=source.at, pin=actor.keys.pin)
    except DirectoryForged as error:
        raise SealForged from error
    signed = verify(
        public,
        bytes.fromhex(source.body["manifest_signature"]),
        SignedAs.MANIFEST,
        referral.file_id.bytes,
        canonical(manifest),
    )
    if not signed or not _complete(referral, opened, manifest):
        raise SealForged
    return manifest


def _complete(
    referral: Referral, opened: Sequence[OpenedItem], manifest: Mapping[str, str]
) -> bool:
    """Whether every text is there as the author listed it; only protected places stay closed."""
    own = {
        each.id.hex: manifest_line(each.compartment, each.digest)
        for each in opened
        if each.kind is not ItemKind.SOURCE and not each.author_key
    }
    closed = {key: line for key, line in manifest.items() if key not in own}
    kept = Item.objects.filter(file_id=referral.file_id, pk__in=map(UUID, manifest)).count()
    return (
        kept == len(manifest)
        and own.items() <= manifest.items()
        and all(line.startswith(f"{Compartment.C10.value} ") for line in closed.values())
    )


def _take_over(
    actor: Actor,
    found: Found,
    items: Sequence[Item],
    opened: Sequence[OpenedItem],
    manifest: dict[str, str],
) -> None:
    referral = found.referral
    holders = _team(actor, referral)
    ring = _make_team_ring(actor, referral, holders)
    now = timezone.now()
    to_desk = Disclosure.objects.filter(
        item__file_id=referral.file_id, purpose=DisclosurePurpose.INTAKE
    )
    end_shares(actor.origin, referral.case, to_desk, "moved_to_team")
    for item, text in zip(items, opened, strict=True):
        readers = holders if item.compartment in _BY_NAME else [ring]
        going = [Going(reader, DisclosurePurpose.INTAKE) for reader in readers]
        share_item(item, text.root, going, at=now, signer=actor.keys)
        _vouch(actor, item)
    postpone_deputies(referral.case, screen_by(referral.opens_at))
    referral.state = found.state
    referral.acknowledged_at = now
    referral.verified_by = actor.keys.id
    referral.countersignature = sign(
        actor.keys.sign_seed, SignedAs.COUNTERSIGN, referral.file_id.bytes, canonical(manifest)
    )
    referral.save(update_fields=["state", "acknowledged_at", "verified_by", "countersignature"])
    record(
        actor.origin,
        Event.SHARE_MADE,
        purpose=DisclosurePurpose.INTAKE,
        case_ref=referral.case.log_ref,
        recipients=recipient_refs([ring, *holders]),
        refs=[item.pk for item in items],
    )
    for event in (Event.REFERRAL_VERIFIED, Event.REFERRAL_ACKNOWLEDGED):
        record(actor.origin, event, case_ref=referral.case.log_ref, object_ref=referral.pk)


def _team(actor: Actor, referral: Referral) -> list[Reader]:
    """The desk's people on this case, the one who acts first, each once.

    Who waits for a new key, or to be let in again, is given the ring when they come back.
    """
    roles = access.holders_of(referral.case, CaseRoleKind.INTAKE)
    once = {role.user_id: role.hat for role in roles if role.hat.admitted_at is not None}
    readers = [person_reader(hat, by=actor) for hat in once.values()]
    if not readers:
        raise AccessDenied(access.Reason.NO_ROLE)
    return readers


def _make_team_ring(actor: Actor, referral: Referral, holders: Sequence[Reader]) -> Reader:
    keys = [key for reader in holders if reader.user_id and (key := live_key(reader.user_id))]
    epoch = rings.create_ring(
        agency=Agency.objects.get(pk=actor.hat.agency_id),
        kind=RingKind.TEAM,
        holders=keys,
        by=actor.keys,
        origin=actor.origin,
        case_id=referral.case_id,
    )
    record(
        actor.origin,
        Event.KEY_RING_CREATED,
        case_ref=referral.case.log_ref,
        object_ref=epoch.ring_id,
        recipients=recipient_refs(holders),
    )
    return ring_reader(epoch, actor.hat.agency_id, by=actor)


def _vouch(actor: Actor, item: Item) -> None:
    """The desk signs what is stored, since the author must not be seen outside the seal."""
    version = ItemVersion.objects.get(item=item, number=item.current)
    if version.stored_by is not None:
        return
    version.stored_by = actor.keys.id
    version.stored_signature = sealing.stored_signature(
        actor.keys, bytes(version.blob), bytes(version.kid32), item_address(item)
    )
    version.save(update_fields=["stored_by", "stored_signature"])
