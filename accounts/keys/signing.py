"""Ed25519 signatures (RFC 8032), each for one named purpose."""

from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from accounts.keys.encoding import LABEL, lp

SEED_BYTES = 32


class SignedAs(StrEnum):
    """What a signature says; one purpose's signature never verifies as another's."""

    ITEM = "item"
    MANIFEST = "manifest"
    STORED = "stored"
    COUNTERSIGN = "countersign"
    SHARE = "share"
    VIEW = "view"
    DECISION = "decision"
    STATEMENT = "statement"
    CUSTODIAN = "custodian"
    RECOVERY = "recovery"


def sign_public(seed: bytes) -> bytes:
    """The 32-byte public key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, purpose: SignedAs, *parts: bytes) -> bytes:
    """A 64-byte signature over the purpose and the length-prefixed parts."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(_message(purpose, parts))


def verify(public: bytes, signature: bytes, purpose: SignedAs, *parts: bytes) -> bool:
    """Whether `public` signed exactly these parts for this purpose; no key signed nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _message(purpose, parts))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(purpose: SignedAs, parts: tuple[bytes, ...]) -> bytes:
    return LABEL + purpose.encode() + lp(*parts)
