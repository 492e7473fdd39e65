"""One person's opened keys and their 169-byte layout inside a slot or session.

Layout: version 1 | member key id 16 | user id 16 | KEM seed 32 | signing seed 32
        | pin: founding digest 32, sequence 8, head digest 32   (big-endian)
"""

import os
import uuid
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from accounts.errors import UnknownFormat
from accounts.keys import kem, signing
from accounts.keys.encoding import VERSION
from accounts.keys.wrapping import Recipient

_LENGTH = 1 + 16 + 16 + 32 + 32 + 32 + 8 + 32


@dataclass(frozen=True, slots=True)
class Pin:
    """What a person has seen of the directory: its founding and how far it had grown."""

    founding: bytes
    seq: int
    head: bytes


@dataclass(frozen=True)
class MemberKeys:
    """Opened keys; they live in one request and are never stored or printed."""

    id: UUID
    user_id: UUID
    kem_seed: bytes = field(repr=False)
    sign_seed: bytes = field(repr=False)
    pin: Pin = field(repr=False)

    @cached_property
    def private(self) -> kem.KemPrivate:
        """The KEM key pair."""
        return kem.private_from_seed(self.kem_seed)

    @cached_property
    def sign_public(self) -> bytes:
        """The public signing key, 32 bytes."""
        return signing.sign_public(self.sign_seed)

    @property
    def recipient(self) -> Recipient:
        """The person as a recipient of their own text."""
        return Recipient(self.id, self.private.public)

    def pinned(self, pin: Pin) -> "MemberKeys":
        """The same keys with a newer pin."""
        return replace(self, pin=pin)


def generate(user_id: UUID, pin: Pin) -> MemberKeys:
    """Make new key pairs for a person."""
    return MemberKeys(
        id=uuid.UUID(bytes=os.urandom(16), version=4),
        user_id=user_id,
        kem_seed=os.urandom(kem.SEED_BYTES),
        sign_seed=os.urandom(signing.SEED_BYTES),
        pin=pin,
    )


def encode(keys: MemberKeys) -> bytes:
    """The layout above."""
    return (
        bytes([VERSION])
        + keys.id.bytes
        + keys.user_id.bytes
        + keys.kem_seed
        + keys.sign_seed
        + keys.pin.founding
        + keys.pin.seq.to_bytes(8, "big")
        + keys.pin.head
    )


def decode(data: bytes) -> MemberKeys:
    """Read the layout above. Raises UnknownFormat for another version or length."""
    if len(data) != _LENGTH or data[0] != VERSION:
        raise UnknownFormat("not member keys of a known version")
    return MemberKeys(
        id=UUID(bytes=data[1:17]),
        user_id=UUID(bytes=data[17:33]),
        kem_seed=data[33:65],
        sign_seed=data[65:97],
        pin=Pin(data[97:129], int.from_bytes(data[129:137], "big"), data[137:169]),
    )
