"""Builds one AES-GCM ciphertext that opens under two keys (SP 800-38D, section 6.4).

GHASH is a polynomial over GF(2^128), linear in the ciphertext. So one block can be chosen such that
both keys give the same tag. That is why a sealed text names its key by a commitment.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_REDUCTION = 0xE1 << 120
BLOCK = 16


def sealed_for_both(
    plaintext: bytes, keys: tuple[bytes, bytes], nonce: bytes, aad: bytes, *, sacrificed: int
) -> bytes:
    """Ciphertext and tag: `plaintext` under the first key but for one block, which is noise.

    Under the second key everything is noise, and yet it verifies.
    """
    first, second = keys
    stream = b"".join(_cell(first, nonce, n + 2) for n in range(-(-len(plaintext) // BLOCK)))
    text = bytearray(x ^ y for x, y in zip(plaintext, stream, strict=False))
    start = sacrificed * BLOCK
    if len(text) % BLOCK or not 0 <= start < len(text):
        raise ValueError("whole blocks only")
    text[start : start + BLOCK] = bytes(BLOCK)
    hashes = [_number(_cell(key, bytes(BLOCK - 4), 0)) for key in keys]
    sums = [
        _ghash(point, aad, bytes(text)) ^ _number(_cell(key, nonce, 1))
        for point, key in zip(hashes, keys, strict=True)
    ]
    # The block's factor is its key's power for every block after it and the block of lengths.
    power = len(text) // BLOCK - sacrificed + 1
    factors = [_power(point, power) for point in hashes]
    block = _times(sums[0] ^ sums[1], _inverse(factors[0] ^ factors[1]))
    text[start : start + BLOCK] = block.to_bytes(BLOCK, "big")
    tag = _ghash(hashes[0], aad, bytes(text)) ^ _number(_cell(first, nonce, 1))
    assert second != first
    return bytes(text) + tag.to_bytes(BLOCK, "big")


def _cell(key: bytes, nonce: bytes, counter: int) -> bytes:
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block of counter mode
    return encryptor.update(nonce + counter.to_bytes(4, "big"))


def _ghash(point: int, aad: bytes, text: bytes) -> int:
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(text) * 8).to_bytes(8, "big")
    total = 0
    for part in (aad, text, lengths):
        padded = part + bytes(-len(part) % BLOCK)
        for start in range(0, len(padded), BLOCK):
            total = _times(total ^ _number(padded[start : start + BLOCK]), point)
    return total


def _number(block: bytes) -> int:
    return int.from_bytes(block, "big")


def _times(x: int, y: int) -> int:
    """Multiplication in GF(2^128) with GCM's bit order."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = (y >> 1) ^ (_REDUCTION if y & 1 else 0)
    return product


def _power(x: int, exponent: int) -> int:
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = _times(result, x)
        x = _times(x, x)
        exponent >>= 1
    return result


def _inverse(x: int) -> int:
    """The power 2^128 - 2."""
    return _power(x, (1 << 128) - 2)
