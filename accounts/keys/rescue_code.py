"""The code on a rescue sheet: 128 random bits as people can copy them from paper.

26 characters of Crockford's base 32 hold the bits (two zero bits in front), two more are a check
against slips of the pen: the first 10 bits of SHA-256 over the bits. Written in seven groups of
four; case, blanks and hyphens do not matter, and I, L, O are read as 1, 1, 0.
"""

import hashlib
import os

from accounts.errors import WrongPassphrase
from accounts.keys.encoding import LABEL

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILO", "110", " -\u2013\t\r\n")
_BYTES = 16
_CHARACTERS = 26
_CHECK_CHARACTERS = 2
_GROUP = 4


def new_code() -> str:
    """A new code as it is printed: "7F2K-…", 28 characters in seven groups."""
    secret = os.urandom(_BYTES)
    text = _digits(int.from_bytes(secret, "big"), _CHARACTERS) + _check(secret)
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def read_code(typed: str) -> str:
    """The code in its one spelling, without hyphens. Raises WrongPassphrase for a slip of the pen.

    Nothing secret is compared here: the check characters follow from the others.
    """
    text = typed.upper().translate(_READ_AS)
    if len(text) != _CHARACTERS + _CHECK_CHARACTERS or set(text) - set(_ALPHABET):
        raise WrongPassphrase
    number = 0
    for character in text[:_CHARACTERS]:
        number = number * 32 + _ALPHABET.index(character)
    if number >> (8 * _BYTES) or _check(number.to_bytes(_BYTES, "big")) != text[_CHARACTERS:]:
        raise WrongPassphrase
    return text


def _digits(number: int, count: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(count)))


def _check(secret: bytes) -> str:
    digest = hashlib.sha256(LABEL + b"rescue" + secret).digest()
    return _digits(int.from_bytes(digest[:2], "big") >> 6, _CHECK_CHARACTERS)
