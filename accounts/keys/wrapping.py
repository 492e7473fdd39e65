"""Wraps: 32 secret bytes (a data key's root or a ring's seed) sealed to one recipient.

Layout W, 36-byte header, then HPKE output (1,168 bytes for 32):
    'W' | version 1 | suite 1 | purpose 1 | kid 16 | recipient id 16 | HPKE output
The header, the full commitment kid32, the recipient's key and the context are bound as HPKE info.
"""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from accounts.errors import UnknownFormat, WrongKey
from accounts.keys.encoding import LABEL, VERSION, expand, lp
from accounts.keys.kem import SUITE_CODE, KemPrivate, fingerprint, hpke_open, hpke_seal

HEADER_BYTES = 36


class Purpose(IntEnum):
    """What a wrapped secret is for; a wrap of one purpose never opens as another."""

    ITEM = 1
    RING = 2
    DRAFT = 3
    KEPT = 4
    RING_SUCCESSOR = 5
    RECOVERY_RING = 6
    RECOVERY_ITEM = 7
    RECOVERY_OUTER = 8
    RECOVERY_INNER = 9


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key by its row id (member key or ring epoch)."""

    id: UUID
    public: bytes


def commitment(secret: bytes) -> bytes:
    """kid32: 32 bytes that commit to a secret, since AES-GCM does not commit to its key."""
    return expand(secret, "commit")


def wrap(secret: bytes, *, to: Recipient, purpose: Purpose, context: bytes) -> bytes:
    """Seal 32 secret bytes to one recipient for one purpose and place."""
    kid32 = commitment(secret)
    header = _header(purpose, kid32, to.id)
    return header + hpke_seal(
        secret, public=to.public, info=_info(header, kid32, to.public, context)
    )


def unwrap(
    blob: bytes,
    *,
    private: KemPrivate,
    recipient_id: UUID,
    purpose: Purpose,
    context: bytes,
    kid32: bytes,
) -> bytes:
    """Open a wrap and check that the secret is the one that kid32 commits to.

    Raises UnknownFormat for another version, suite or purpose, WrongKey for anything altered.
    """
    header = _check_header(blob, purpose, kid32, recipient_id)
    info = _info(header, kid32, private.public, context)
    secret = hpke_open(blob[HEADER_BYTES:], private=private, info=info)
    if commitment(secret) != kid32:
        raise WrongKey("the secret is not the one committed to")
    return secret


def _header(purpose: Purpose, kid32: bytes, recipient_id: UUID) -> bytes:
    return bytes([ord("W"), VERSION, SUITE_CODE, purpose]) + kid32[:16] + recipient_id.bytes


def _check_header(blob: bytes, purpose: Purpose, kid32: bytes, recipient_id: UUID) -> bytes:
    header = blob[:HEADER_BYTES]
    if header[:3] != bytes([ord("W"), VERSION, SUITE_CODE]):
        raise UnknownFormat("not a wrap of a known version and suite")
    if header != _header(purpose, kid32, recipient_id):
        raise WrongKey("the wrap is for another purpose, key or recipient")
    return header


def _info(header: bytes, kid32: bytes, public: bytes, context: bytes) -> bytes:
    return LABEL + b"wrap" + lp(header, kid32, fingerprint(public), context)
