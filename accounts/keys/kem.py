"""KEM key pairs and HPKE (RFC 9180) in one suite: ML-KEM-768 + X25519, HKDF-SHA-512, AES-256-GCM.

Every key on a path to content uses this suite: one weaker link would open all.
"""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from accounts.errors import WrongKey
from accounts.keys.encoding import LABEL, lp

SUITE_CODE = 0x12
SEED_BYTES = 32
ENCAPSULATION_BYTES = 1120
_MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = _MLKEM_PUBLIC_BYTES + 32
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA512, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class KemPrivate:
    """A private key as its 32-byte seed; `public` is 1,216 bytes (ML-KEM first, then X25519)."""

    seed: bytes = field(repr=False)
    public: bytes = field(repr=False)
    key: MLKEM768X25519PrivateKey = field(repr=False, compare=False)


def private_from_seed(seed: bytes) -> KemPrivate:
    """Expand a 32-byte seed by SHAKE-256 into both halves (draft-connolly-cfrg-xwing-kem)."""
    if len(seed) != SEED_BYTES:
        raise WrongKey("a KEM seed has 32 bytes")
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return KemPrivate(seed, public, MLKEM768X25519PrivateKey(lattice, curve))


def fingerprint(public: bytes) -> bytes:
    """SHA-256 over the suite and the public key, 32 bytes."""
    return hashlib.sha256(LABEL + lp(b"kem", bytes([SUITE_CODE]), public)).digest()


def hpke_seal(plaintext: bytes, *, public: bytes, info: bytes) -> bytes:
    """HPKE base mode, single shot: encapsulation (1,120 bytes) then ciphertext and tag.

    Raises WrongKey for bytes that are no public key or one that gives everybody the secret.
    """
    try:
        return _SUITE.encrypt(plaintext, _public_key(public), info)
    except ValueError as error:
        raise WrongKey("nothing can be sealed to this public key") from error


def hpke_open(sealed: bytes, *, private: KemPrivate, info: bytes) -> bytes:
    """Open what hpke_seal made. Raises WrongKey on any difference in key, info or bytes."""
    try:
        return _SUITE.decrypt(sealed, private.key, info)
    except (InvalidTag, ValueError) as error:
        raise WrongKey("an HPKE box does not open") from error


def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise WrongKey("a KEM public key has 1,216 bytes")
    return MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES]),
        x25519.X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:]),
    )
