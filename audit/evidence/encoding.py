"""The canonical bytes of one event and their hash: the format that proofs rest on for ever.

Layout of version 1, big-endian. Writer, its counter and its tag are not part of it: they bind the
hash from outside. The sealed detail is bound by its digest: erasing it leaves the hash true.

    offset  bytes
         0      1  version, 1
         1      1  presence: bit 0 actor, 1 hat_agency, 2 case_ref, 3 object_ref, 4 session_ref,
                   5 request_ref, 6 detail_digest; bit 7 is 0
         2     16  id
        18      8  at, microseconds since 1970-01-01T00:00:00Z
        26     16  actor           \\
        42     16  hat_agency       |
        58     16  case_ref         |  zeros where the presence bit is 0
        74     16  object_ref       |
        90     16  session_ref      |
       106     16  request_ref      |
       122     32  detail_digest   /
       154         seven codes, each 1 byte length and ASCII: hat_role, action, outcome, reason,
                   purpose, compartment, client_class
                   two lists, each 4 bytes count and 16 bytes for each id, in their order:
                   recipients, refs

event_hash = SHA-256("confer-log/event/1" ‖ 0x00 ‖ encoding).
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

VERSION = 1
DIGEST_BYTES = 32
MAX_CODE_CHARS = 40
_LABEL = b"confer-log/event/1\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_ID = bytes(16)
_NO_DIGEST = bytes(DIGEST_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFields:
    """What one event says: ids, codes and digests, never words."""

    id: UUID
    at: datetime
    actor: UUID | None
    hat_agency: UUID | None
    hat_role: str
    action: str
    outcome: str
    reason: str
    purpose: str
    case_ref: UUID | None
    object_ref: UUID | None
    compartment: str
    recipients: tuple[UUID, ...]
    refs: tuple[UUID, ...]
    session_ref: UUID | None
    request_ref: UUID | None
    client_class: str
    detail_digest: bytes | None


def encode(event: EventFields) -> bytes:
    """The bytes of an event in the layout above; ValueError for what the layout cannot hold."""
    return b"".join(
        (_head(event), *map(_code, _codes(event)), _ids(event.recipients), _ids(event.refs))
    )


def event_hash(encoding: bytes) -> bytes:
    """The 32 bytes by which an event enters the tree."""
    return hashlib.sha256(_LABEL + encoding).digest()


def _head(event: EventFields) -> bytes:
    ids = (
        event.actor,
        event.hat_agency,
        event.case_ref,
        event.object_ref,
        event.session_ref,
        event.request_ref,
    )
    digest = event.detail_digest
    if digest is not None and len(digest) != DIGEST_BYTES:
        raise ValueError("a detail digest has 32 bytes")
    presence = sum(1 << bit for bit, value in enumerate((*ids, digest)) if value is not None)
    return b"".join(
        (
            struct.pack(">BB", VERSION, presence),
            event.id.bytes,
            struct.pack(">Q", _microseconds(event.at)),
            *(_NO_ID if value is None else value.bytes for value in ids),
            _NO_DIGEST if digest is None else digest,
        )
    )


def _codes(event: EventFields) -> tuple[str, ...]:
    return (
        event.hat_role,
        event.action,
        event.outcome,
        event.reason,
        event.purpose,
        event.compartment,
        event.client_class,
    )


def _code(text: str) -> bytes:
    raw = text.encode("ascii")
    if len(raw) > MAX_CODE_CHARS:
        raise ValueError("a code has at most 40 characters")
    return bytes((len(raw),)) + raw


def _ids(ids: tuple[UUID, ...]) -> bytes:
    return struct.pack(">I", len(ids)) + b"".join(value.bytes for value in ids)


def _microseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("the time of an event has a zone")
    return (at - _EPOCH) // _MICROSECOND
