"""Rings: makes their key pairs, lets holders in, opens their seeds, proves them as recipients."""

import os
import uuid
from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from accounts.errors import DirectoryForged, MissingKey
from accounts.keys import directory
from accounts.keys.kem import SEED_BYTES, KemPrivate, fingerprint, private_from_seed
from accounts.keys.member import MemberKeys
from accounts.keys.recovery_wraps import RingPlace, wrap_ring
from accounts.keys.statements import StatementKind
from accounts.keys.wrapping import Purpose, Recipient, commitment, unwrap, wrap
from accounts.models import Agency, MemberKey, RecoveryWrap, Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from audit.events import Event
from audit.record import Origin, record


def create_ring(
    *,
    agency: Agency,
    kind: RingKind,
    holders: Iterable[MemberKey],
    by: MemberKeys,
    origin: Origin,
    case_id: UUID | None = None,
) -> RingEpoch:
    """Make a ring and its first epoch, state it in the directory, wrap its seed to `holders`."""
    ring = Ring.objects.create(kind=kind, agency=agency, case_id=case_id)
    seed = os.urandom(SEED_BYTES)
    epoch = _new_epoch(ring, 1, seed, None, by=by, origin=origin)
    for holder in holders:
        _wrap_seed(seed, epoch, holder, by)
    return epoch


def renew_ring(
    ring: Ring, holders: Iterable[MemberKey], *, by: MemberKeys, origin: Origin
) -> RingEpoch:
    """A new epoch for the holders that remain; the old seed is sealed to the new key."""
    old = ring.epochs.get(retired_at=None)
    return _follow(ring, old, (old, open_ring(old, by).seed), holders, by=by, origin=origin)


def restart_ring(
    ring: Ring, holders: Iterable[MemberKey], *, by: MemberKeys, origin: Origin
) -> RingEpoch:
    """A new epoch of a ring that nobody can open any more; what was sealed to it stays closed."""
    old = ring.epochs.get(retired_at=None)
    return _follow(ring, old, None, holders, by=by, origin=origin)


def seal_to_recovery(seed: bytes, epoch: RingEpoch, *, by: MemberKeys) -> None:
    """One wrap of a ring's seed to the recovery key that counts; those to older keys go."""
    to = directory.recovery_recipient(pin=by.pin)
    if to is None:
        return
    place = RingPlace(epoch.ring_id, epoch.number, epoch.ring.agency_id)
    RecoveryWrap.objects.filter(epoch=epoch).delete()
    RecoveryWrap.objects.create(
        recovery_key_id=to.id, epoch=epoch, blob=wrap_ring(seed, to=to, place=place)
    )


def admit_holder(
    epoch: RingEpoch, holder: MemberKey, *, by: MemberKeys, origin: Origin
) -> RingWrap:
    """Wrap a ring's seed, opened with the admitting person's keys, to one more holder."""
    record(
        origin, Event.KEY_RING_WRAPPED, object_ref=epoch.ring_id, recipients=[holder.user.log_ref]
    )
    return _wrap_seed(open_ring(epoch, by).seed, epoch, holder, by)


def open_ring(epoch: RingEpoch, keys: MemberKeys) -> KemPrivate:
    """The private key of an epoch for one of its holders, through later epochs if need be.

    Raises MissingKey for somebody who holds neither this epoch nor a later one.
    """
    row = RingWrap.objects.filter(epoch=epoch, member_key_id=keys.id).first()
    if row is not None:
        return open_wrapped_ring(epoch, bytes(row.blob), keys)
    successor = RingEpoch.objects.filter(ring_id=epoch.ring_id, number=epoch.number + 1).first()
    if successor is None or successor.previous_blob is None:
        raise MissingKey("ring")
    seed = unwrap(
        bytes(successor.previous_blob),
        private=open_ring(successor, keys),
        recipient_id=successor.id,
        purpose=Purpose.RING_SUCCESSOR,
        context=_context(epoch),
        kid32=bytes(epoch.kid32),
    )
    return private_from_seed(seed)


def open_wrapped_ring(epoch: RingEpoch, blob: bytes, keys: MemberKeys) -> KemPrivate:
    """The private key of an epoch from a holder's wrap; proves it is the stated public key's."""
    seed = unwrap(
        blob,
        private=keys.private,
        recipient_id=keys.id,
        purpose=Purpose.RING,
        context=_context(epoch),
        kid32=bytes(epoch.kid32),
    )
    private = private_from_seed(seed)
    if private.public != bytes(epoch.kem_public):
        raise DirectoryForged("a ring's seed does not give its public key")
    return private


def ring_recipient(epoch: RingEpoch, agency_id: UUID, *, by: MemberKeys) -> Recipient:
    """An epoch as a recipient, proved by the directory."""
    directory.require_epoch(epoch, agency_id, pin=by.pin)
    return Recipient(epoch.id, bytes(epoch.kem_public))


def member_recipient(key: MemberKey, *, by: MemberKeys) -> Recipient:
    """A person as a recipient, proved by the directory."""
    recipient = Recipient(key.id, bytes(key.kem_public))
    if key.id != by.id:
        directory.require_member(recipient, key.user_id, pin=by.pin)
    return recipient


def _follow(
    ring: Ring,
    old: RingEpoch,
    predecessor: tuple[RingEpoch, bytes] | None,
    holders: Iterable[MemberKey],
    *,
    by: MemberKeys,
    origin: Origin,
) -> RingEpoch:
    """The epoch after `old`, wrapped to its holders; the ring waits no longer."""
    seed = os.urandom(SEED_BYTES)
    old.retired_at = timezone.now()
    old.save(update_fields=["retired_at"])
    epoch = _new_epoch(ring, old.number + 1, seed, predecessor, by=by, origin=origin)
    for holder in holders:
        _wrap_seed(seed, epoch, holder, by)
    ring.stale_since = None
    ring.save(update_fields=["stale_since"])
    return epoch


def _new_epoch(
    ring: Ring,
    number: int,
    seed: bytes,
    predecessor: tuple[RingEpoch, bytes] | None,
    *,
    by: MemberKeys,
    origin: Origin,
) -> RingEpoch:
    epoch = RingEpoch(
        id=uuid.UUID(bytes=os.urandom(16), version=4),
        ring=ring,
        number=number,
        kem_public=private_from_seed(seed).public,
        kid32=commitment(seed),
    )
    if predecessor is not None:
        old, old_seed = predecessor
        epoch.previous_blob = wrap(
            old_seed,
            to=Recipient(epoch.id, bytes(epoch.kem_public)),
            purpose=Purpose.RING_SUCCESSOR,
            context=_context(old),
        )
    epoch.save(force_insert=True)
    fields = {
        "ring": ring.id.hex,
        "epoch": epoch.id.hex,
        "number": number,
        "agency": ring.agency_id.hex,
        "ring_kind": ring.kind,
        "case": ring.case_id.hex if ring.case_id else "",
        "kem": fingerprint(bytes(epoch.kem_public)).hex(),
    }
    directory.append(StatementKind.RING_EPOCH, epoch.id, fields, by=by, origin=origin)
    seal_to_recovery(seed, epoch, by=by)
    return epoch


def _wrap_seed(seed: bytes, epoch: RingEpoch, holder: MemberKey, by: MemberKeys) -> RingWrap:
    directory.require_admitted(holder.id, epoch.ring.agency_id, pin=by.pin)
    blob = wrap(
        seed,
        to=member_recipient(holder, by=by),
        purpose=Purpose.RING,
        context=_context(epoch),
    )
    return RingWrap.objects.create(epoch=epoch, member_key=holder, blob=blob)


def _context(epoch: RingEpoch) -> bytes:
    return epoch.ring_id.bytes + epoch.number.to_bytes(4, "big")
