"""The only module that seals and unseals text: data keys, layout S, wraps to readers.

Layout S, 32-byte header, then ciphertext and tag:
    'S' | version 1 | suite 1 (0x01 AES-256-GCM) | flags 1 | kid 16 | nonce 12 | ciphertext | tag 16
AAD = lp("confer/1/field", header, place code, field code, row id, version number, kid32).
The content key needs both locks: Expand(root ‖ the keeper's share, "content").
The plaintext is a 4-byte length, canonical JSON {schema, salt, at, author, signature, body} and
zeros up to the Padmé length (at least 512 bytes).
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.errors import KeeperBusy, KeyFault
from accounts.keys.encoding import LABEL, VERSION, canonical, expand, lp, padme_length
from accounts.keys.keeper import keeper
from accounts.keys.kem import KemPrivate
from accounts.keys.member import MemberKeys
from accounts.keys.signing import SignedAs, sign, verify
from accounts.keys.wrapping import Purpose, Recipient, commitment, unwrap, wrap
from casework.errors import SealBroken, SealUnknown

logger = logging.getLogger(__name__)

SUITE_AES_256_GCM = 0x01
SCHEMA = 1
HEADER_BYTES = 32
_PREFIX = bytes([ord("S"), VERSION, SUITE_AES_256_GCM])
_NO_FLAGS = 0
_SALT_BYTES = 16
_ROOT_BYTES = 32
_LENGTH_BYTES = 4
# Signature, author, time and salt take some 300 bytes: short answers are to look all the same.
_SHORTEST_BYTES = 512


class Place(StrEnum):
    """Where a sealed text belongs; bound into its seal."""

    ITEM = "item"
    DRAFT = "draft"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Address:
    """The one row and version in which a sealed text opens."""

    place: Place
    field: str
    row_id: UUID
    number: int = 1


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key with the keeper's share: enough to seal, and to wrap to readers."""

    root: bytes = field(repr=False)
    kid32: bytes
    share: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a seal held. Its repr hides the text."""

    body: dict[str, Any] = field(repr=False)
    at: datetime
    author_key: UUID | None
    digest: bytes
    signature: bytes = field(repr=False)


def new_file_keys(file_id: UUID, count: int) -> list[DataKey]:
    """Make a file's key in the keeper and `count` data keys under it. Call it before BEGIN."""
    roots = [os.urandom(_ROOT_BYTES) for _ in range(count)]
    kids = [commitment(root) for root in roots]
    shares = keeper().create(file_id, kids)
    return [DataKey(*each) for each in zip(roots, kids, shares, strict=True)]


def more_file_keys(
    file_id: UUID, count: int, *, event_id: UUID, person: UUID | None
) -> list[DataKey]:
    """`count` new data keys in a file that exists, for one committed record of `person`.

    Without a session (a step that is kept) the record has no person; new keys open nothing old.
    """
    roots = [os.urandom(_ROOT_BYTES) for _ in range(count)]
    kids = [commitment(root) for root in roots]
    shares = keeper().shares(file_id, kids, event_id=event_id, person=person)
    return [DataKey(*each) for each in zip(roots, kids, shares, strict=True)]


def keeper_shares(
    file_id: UUID, kids: Sequence[bytes], *, event_id: UUID, person: UUID
) -> list[bytes]:
    """The second lock for reading, for one committed record of `person`."""
    return keeper().shares(file_id, kids, event_id=event_id, person=person)


def erase_file(file_id: UUID) -> None:
    """Forget a file's key for good: nothing under it opens again, in no backup either.

    It follows an act that is committed, so a journal that is in use stops nobody: the key is gone
    from the keeper, and the next erasure cuts the journal.
    """
    try:
        keeper().erase(file_id)
    except KeeperBusy:
        logger.warning("bytes of an erased key may still lie in the journal: %s", file_id)


def body_digest(salt: bytes, body: dict[str, Any]) -> bytes:
    """What a signature or manifest commits to: SHA-256 over salt and canonical text."""
    return hashlib.sha256(LABEL + b"body" + lp(salt, canonical(body))).digest()


def seal(
    body: dict[str, Any], *, at: datetime, address: Address, key: DataKey, signer: MemberKeys | None
) -> tuple[bytes, bytes]:
    """Seal one text in its place; returns the blob (layout S) and the body's digest.

    With a signer, the author's signature lies inside: over row, version, author, time and digest.
    A referral's own texts have none: their digests are signed together in its C11 item.
    """
    salt = os.urandom(_SALT_BYTES)
    digest = body_digest(salt, body)
    author = signer.id if signer else None
    signature = sign(signer.sign_seed, *_signed(address, author, at, digest)) if signer else b""
    plaintext = canonical(
        {
            "schema": SCHEMA,
            "salt": salt.hex(),
            "at": at.isoformat(),
            "author": author.hex if author else "",
            "signature": signature.hex(),
            "body": body,
        }
    )
    return _encrypt(plaintext, address, key), digest


def unseal(blob: bytes, *, address: Address, root: bytes, kid32: bytes, share: bytes) -> Opened:
    """Open a blob in its place. Raises SealUnknown or SealBroken, never a guess."""
    if blob[:4] != _PREFIX + bytes([_NO_FLAGS]):
        raise SealUnknown("not a sealed text of a known version, suite and flags")
    header = blob[:HEADER_BYTES]
    # AES-GCM does not commit to its key: one ciphertext can be made to open under two.
    if header[4:20] != kid32[:16] or commitment(root) != kid32:
        raise SealBroken("the key is not the one that the text commits to")
    try:
        padded = AESGCM(_content_key(root, share)).decrypt(
            header[20:HEADER_BYTES], blob[HEADER_BYTES:], _bound(header, address, kid32)
        )
    except (InvalidTag, ValueError) as error:
        raise SealBroken("does not open in this place") from error
    try:
        return _parse(padded)
    except (KeyError, TypeError, ValueError) as error:
        raise SealBroken("what was sealed cannot be read") from error


def signed_by(opened: Opened, address: Address, public: bytes) -> bool:
    """Whether the author's signature inside the seal is by this key and for this place."""
    return verify(
        public,
        opened.signature,
        *_signed(address, opened.author_key, opened.at, opened.digest),
    )


def wrap_to(key_root: bytes, *, to: Recipient, purpose: Purpose, row_id: UUID) -> bytes:
    """A data key's root for one reader (layout W)."""
    return wrap(key_root, to=to, purpose=purpose, context=row_id.bytes)


def unwrap_root(
    blob: bytes,
    *,
    private: KemPrivate,
    recipient_id: UUID,
    purpose: Purpose,
    row_id: UUID,
    kid32: bytes,
) -> bytes:
    """The root from a reader's wrap. Raises SealBroken when it is another reader's or row's."""
    try:
        return unwrap(
            blob,
            private=private,
            recipient_id=recipient_id,
            purpose=purpose,
            context=row_id.bytes,
            kid32=kid32,
        )
    except KeyFault as error:
        raise SealBroken("the wrap does not open") from error


def stored_signature(keys: MemberKeys, blob: bytes, kid32: bytes, address: Address) -> bytes:
    """Who stored a blob says so: over the blob's hash, its key, row and version."""
    return sign(keys.sign_seed, SignedAs.STORED, *_stored(blob, kid32, address))


def stored_by(public: bytes, signature: bytes, blob: bytes, kid32: bytes, address: Address) -> bool:
    """Whether this key stored exactly this blob in this place."""
    return verify(public, signature, SignedAs.STORED, *_stored(blob, kid32, address))


def _stored(blob: bytes, kid32: bytes, address: Address) -> tuple[bytes, ...]:
    return (
        hashlib.sha256(blob).digest(),
        kid32,
        address.row_id.bytes,
        address.number.to_bytes(4, "big"),
    )


def _signed(
    address: Address, author: UUID | None, at: datetime, digest: bytes
) -> tuple[SignedAs, bytes, bytes, bytes, bytes, bytes, bytes]:
    return (
        SignedAs.ITEM,
        f"{address.place}/{address.field}".encode(),
        address.row_id.bytes,
        address.number.to_bytes(4, "big"),
        author.bytes if author else b"",
        at.isoformat().encode(),
        digest,
    )


def _encrypt(plaintext: bytes, address: Address, key: DataKey) -> bytes:
    header = _PREFIX + bytes([_NO_FLAGS]) + key.kid32[:16] + os.urandom(12)
    content = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    padded = content.ljust(padme_length(len(content), floor=_SHORTEST_BYTES), b"\0")
    sealed = AESGCM(_content_key(key.root, key.share)).encrypt(
        header[20:], padded, _bound(header, address, key.kid32)
    )
    return header + sealed


def _content_key(root: bytes, share: bytes) -> bytes:
    return expand(root + share, "content")


def _bound(header: bytes, address: Address, kid32: bytes) -> bytes:
    return lp(
        LABEL + b"field",
        header,
        address.place.encode(),
        address.field.encode(),
        address.row_id.bytes,
        address.number.to_bytes(4, "big"),
        kid32,
    )


def _parse(padded: bytes) -> Opened:
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    value = json.loads(padded[_LENGTH_BYTES : _LENGTH_BYTES + length])
    if type(value["schema"]) is not int or value["schema"] != SCHEMA:
        raise SealUnknown("a text of an unknown schema")
    body = value["body"]
    if not isinstance(body, dict):
        raise TypeError("a body is an object")
    return Opened(
        body=body,
        at=datetime.fromisoformat(value["at"]),
        author_key=UUID(value["author"]) if value["author"] else None,
        digest=body_digest(bytes.fromhex(value["salt"]), body),
        signature=bytes.fromhex(value["signature"]),
    )
