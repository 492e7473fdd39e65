"""AES-256-GCM (SP 800-38D) with a random nonce, for the two places that seal the member keys.

Layout K: 'K' | version 1 | suite 1 (0x01) | nonce 12 | ciphertext | tag 16. The first three bytes
are bound with the context as additional data.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.errors import UnknownFormat, WrongKey
from accounts.keys.encoding import LABEL, VERSION, lp

AES_256_GCM = 0x01
_HEADER = bytes([ord("K"), VERSION, AES_256_GCM])
_NONCE_BYTES = 12


def close_box(plaintext: bytes, *, key: bytes, context: bytes) -> bytes:
    """Seal under a 32-byte key, bound to `context`."""
    nonce = os.urandom(_NONCE_BYTES)
    return _HEADER + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(context))


def open_box(blob: bytes, *, key: bytes, context: bytes) -> bytes:
    """Open what close_box made. Raises UnknownFormat or WrongKey."""
    if blob[:3] != _HEADER:
        raise UnknownFormat("not a key box of a known version and suite")
    nonce, sealed = blob[3 : 3 + _NONCE_BYTES], blob[3 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(context))
    except (InvalidTag, ValueError) as error:
        raise WrongKey("a key box does not open") from error


def _bound(context: bytes) -> bytes:
    return LABEL + b"box" + lp(_HEADER, context)
