"""HPKE (RFC 9180, base mode) over ML-KEM-768 + X25519, written from the texts alone.

The official vectors cover this KEM with other ciphers than Confer's. So the tests hold this second
implementation against the vectors first, and then let it open what Confer sealed.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEM_ID = 0x647A
_KEM_LABEL = bytes.fromhex("5c2e2f2f5e5c")
_LATTICE_BYTES = 1088
_KDFS = {1: "sha256", 3: "sha512"}
_AEADS: dict[int, type[AESGCM | ChaCha20Poly1305]] = {2: AESGCM, 3: ChaCha20Poly1305}


@dataclass(frozen=True)
class Schedule:
    """What both sides derive."""

    shared_secret: bytes
    key: bytes
    base_nonce: bytes


def open_sealed(seed: bytes, sealed: bytes, info: bytes, *, kdf: int = 3, aead: int = 2) -> bytes:
    """The plaintext of encapsulation, ciphertext and tag in one piece."""
    schedule = receive(seed, sealed[:1120], info, kdf=kdf, aead=aead)
    return _AEADS[aead](schedule.key).decrypt(schedule.base_nonce, sealed[1120:], b"")


def receive(seed: bytes, encapsulation: bytes, info: bytes, *, kdf: int, aead: int) -> Schedule:
    """The receiver's side up to the first message's key and nonce."""
    shared = _decapsulate(seed, encapsulation)
    suite = b"HPKE" + KEM_ID.to_bytes(2, "big") + kdf.to_bytes(2, "big") + aead.to_bytes(2, "big")
    name = _KDFS[kdf]
    context = (
        b"\0"
        + _extract(name, suite, b"", b"psk_id_hash", b"")
        + _extract(name, suite, b"", b"info_hash", info)
    )
    secret = _extract(name, suite, shared, b"secret", b"")
    return Schedule(
        shared,
        _expand(name, suite, secret, b"key", context, length=32),
        _expand(name, suite, secret, b"base_nonce", context, length=12),
    )


def _decapsulate(seed: bytes, encapsulation: bytes) -> bytes:
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    first, second = encapsulation[:_LATTICE_BYTES], encapsulation[_LATTICE_BYTES:]
    return hashlib.sha3_256(
        lattice.decapsulate(first)
        + curve.exchange(x25519.X25519PublicKey.from_public_bytes(second))
        + second
        + curve.public_key().public_bytes_raw()
        + _KEM_LABEL
    ).digest()


def _extract(name: str, suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, name)


def _expand(
    name: str, suite: bytes, secret: bytes, label: bytes, context: bytes, *, length: int
) -> bytes:
    info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
    done, block, counter = b"", b"", 1
    while len(done) < length:
        block = hmac.digest(secret, block + info + bytes([counter]), name)
        done += block
        counter += 1
    return done[:length]
