"""The directory of public keys: appends signed statements and proves a key up to a reader's pin."""

import threading
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from accounts.errors import DirectoryForged
from accounts.keys.kem import fingerprint
from accounts.keys.member import MemberKeys, Pin
from accounts.keys.statements import (
    NO_DIGEST,
    StatedEpoch,
    Statement,
    StatementKind,
    VerifiedDirectory,
    make_statement,
)
from accounts.keys.wrapping import Recipient
from accounts.models import DirectoryStatement, MemberKey, RecoveryKey, RingEpoch
from audit.events import Event
from audit.record import Origin, record

# Public data, verified once for each process and extended; a rewritten row starts it anew.
_verified: dict[str, VerifiedDirectory] = {}
_growing = threading.Lock()


class Admitted(NamedTuple):
    """One admission to an agency that no statement has ended."""

    member_key_id: UUID
    user_id: UUID
    role: str


def append(
    kind: StatementKind, subject: UUID, fields: dict[str, Any], *, by: MemberKeys, origin: Origin
) -> DirectoryStatement:
    """Sign and store the next statement and its digest in the log, in the act's transaction.

    Raises DirectoryForged for a statement that no reader would believe: stored, it would make
    the whole directory unbelievable for everybody.
    """
    hold()
    last = DirectoryStatement.objects.order_by("-seq").first()
    statement = make_statement(
        kind,
        fields,
        seq=last.seq + 1 if last else 1,
        previous=bytes(last.digest) if last else NO_DIGEST,
        signer=by.id.hex,
        sign_seed=by.sign_seed,
    )
    record(origin, Event.STATEMENT_ADDED, object_ref=subject, detail_digest=statement.digest)
    row = DirectoryStatement.objects.create(
        seq=last.seq + 1 if last else 1,
        kind=kind.value,
        subject_id=subject,
        body=statement.body,
        signature=statement.signature,
        digest=statement.digest,
    )
    _current()
    return row


def hold() -> None:
    """Let nobody else append until this transaction ends; for acts that look before they state.

    The founding row is the lock: the newest row may not be seen yet by somebody who waits.
    """
    DirectoryStatement.objects.select_for_update().filter(seq=1).first()


def verified(pin: Pin) -> VerifiedDirectory:
    """The whole directory, verified, and the same as the reader saw it. Raises DirectoryForged."""
    directory = _current()
    if directory.founding != pin.founding:
        raise DirectoryForged("another founding statement than the one pinned")
    if pin.seq > directory.seq or directory.digests[pin.seq - 1] != pin.head:
        raise DirectoryForged("the directory was rewritten since it was last seen")
    return directory


def newest_pin() -> Pin:
    """The pin of somebody who sees the directory for the first time (trust on first use)."""
    directory = _current()
    return Pin(directory.founding, directory.seq, directory.head)


def advance(keys: MemberKeys) -> MemberKeys:
    """The same keys, pinned to the directory as it is now, after verifying that it only grew.

    Keys that were made before the founding statement (its signer's) take their first pin here.
    """
    if keys.pin.seq:
        verified(keys.pin)
    return keys.pinned(newest_pin())


def require_member(recipient: Recipient, user_id: UUID, *, pin: Pin) -> None:
    """Refuse a member's key that has no verified statement of this person with this very key."""
    directory = verified(pin)
    stated = directory.members.get(recipient.id.hex)
    if stated is None or stated[:2] != (user_id.hex, fingerprint(recipient.public).hex()):
        raise DirectoryForged("a member's key is not the one stated")
    if not directory.counts(recipient.id):
        raise DirectoryForged("a member's key was retired")


def is_stated(key: MemberKey) -> bool:
    """Whether a person's row of a key is as the directory says; for acts without anybody's pin."""
    try:
        recipient = Recipient(key.id, bytes(key.kem_public))
        require_member(recipient, key.user_id, pin=newest_pin())
    except DirectoryForged:
        return False
    return True


def require_admitted(member_key_id: UUID, agency_id: UUID, *, pin: Pin) -> None:
    """Refuse somebody whom no statement admits to this agency."""
    held = verified(pin).admissions.get(member_key_id.hex, set())
    if not any(agency == agency_id.hex for agency, _role in held):
        raise DirectoryForged("nobody admitted this key to the agency")


def require_epoch(epoch: RingEpoch, agency_id: UUID, *, pin: Pin) -> None:
    """Refuse a ring's key unless it is the newest one stated for this ring of this agency."""
    directory = verified(pin)
    ring = epoch.ring
    row = StatedEpoch(
        ring=ring.id.hex,
        ring_kind=ring.kind,
        case=ring.case_id.hex if ring.case_id else "",
        agency=agency_id.hex,
        number=epoch.number,
        kem=fingerprint(bytes(epoch.kem_public)).hex(),
    )
    if directory.epochs.get(epoch.id.hex) != row:
        raise DirectoryForged("a ring's key is not the one stated")
    if directory.newest[row.ring] != epoch.id.hex:
        raise DirectoryForged("a ring's key was replaced by a newer one")


def recovery_recipient(*, pin: Pin) -> Recipient | None:
    """The recovery key that counts; None if none was ever stated.

    Raises DirectoryForged when its row was exchanged or is missing: nothing is sealed past it.
    """
    stated = verified(pin).recovery
    if stated is None:
        return None
    row = RecoveryKey.objects.filter(pk=UUID(stated.id)).first()
    if row is None or fingerprint(bytes(row.kem_public)).hex() != stated.kem:
        raise DirectoryForged("the recovery key is not the one stated")
    return Recipient(row.id, bytes(row.kem_public))


def signing_key(member_key_id: UUID, *, at: datetime, pin: Pin) -> bytes:
    """The public key that could sign at this time for a member key, 32 bytes."""
    return verified(pin).signing_key(member_key_id, at=at)


def admitted_to(agency_id: UUID, *, pin: Pin) -> list[Admitted]:
    """Whom statements admit to an agency, in a fixed order."""
    directory = verified(pin)
    found = [
        Admitted(UUID(key), UUID(directory.members[key][0]), role)
        for key, held in directory.admissions.items()
        for agency, role in held
        if agency == agency_id.hex
    ]
    return sorted(found)


def _current() -> VerifiedDirectory:
    with _growing:
        directory = _verified.get("now", VerifiedDirectory())
        rows = list(
            DirectoryStatement.objects.filter(seq__gte=max(directory.seq, 1)).order_by("seq")
        )
        if directory.seq and (not rows or bytes(rows[0].digest) != directory.head):
            directory = VerifiedDirectory()
            rows = list(DirectoryStatement.objects.order_by("seq"))
        for row in rows:
            if row.seq > directory.seq:
                directory.add(Statement(bytes(row.body), bytes(row.signature)))
        _verified["now"] = directory
        return directory
