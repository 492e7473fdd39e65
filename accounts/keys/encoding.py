"""Byte layouts that every format shares: length prefixes, canonical JSON, labels, derivations."""

import json
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

LABEL = b"confer/1/"
VERSION = 1


def lp(*parts: bytes) -> bytes:
    """Concatenate parts, each after its length as 4 bytes big-endian: no two lists collide."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def canonical(value: dict[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces and UTF-8 text: the same value gives the same bytes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def expand(secret: bytes, purpose: str, length: int = 32) -> bytes:
    """HKDF-Expand with SHA-512 (RFC 5869, section 2.3) from a secret of full entropy.

    `secret` must hold at least 32 uniformly random bytes, since no extract step precedes.
    """
    return HKDFExpand(algorithm=SHA512(), length=length, info=LABEL + purpose.encode()).derive(
        secret
    )


def padme_length(length: int, *, floor: int = 64) -> int:
    """The padded length: leaks at most O(log log length) bits (Nikitin et al., PETS 2019)."""
    if length <= floor:
        return floor
    exponent = length.bit_length() - 1
    keep_bits = exponent - exponent.bit_length()
    mask = (1 << keep_bits) - 1 if keep_bits > 0 else 0
    return (length + mask) & ~mask
