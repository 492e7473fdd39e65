"""Speakable names for the random ids of the log, and the way back from a name to its ids.

A name is the first 40 bits of the id in Crockford's base 32 (no I, L, O, U). The ids are random
already, so a hash would hide nothing more; a prefix is found through the index.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISHEARD = str.maketrans("OIL", "011")
_TYPED = re.compile(r"(?:[^\W\d_]+ )?([0-9A-Z]{4})[ -]?([0-9A-Z]{4})")
_CODE_BITS = 40
_REST_BITS = 128 - _CODE_BITS


@dataclass(frozen=True, slots=True)
class IdRange:
    """All ids that one name stands for, both ends included; in practice one."""

    low: UUID
    high: UUID


class NotAPseudonym(ValueError):
    """What was typed is not a name of eight letters and digits."""


def pseudonym_code(ref: UUID) -> str:
    """The eight characters of an id, as in "7K4Q-M2XW"."""
    bits = ref.int >> _REST_BITS
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(_CODE_BITS - 5, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def pseudonym(ref: UUID) -> str:
    """A person's name in the log, as in "Person 7K4Q-M2XW"."""
    return _("Person %(code)s") % {"code": pseudonym_code(ref)}


def case_pseudonym(ref: UUID) -> str:
    """A case's name in the log, as in "Case 7K4Q-M2XW"."""
    return _("Case %(code)s") % {"code": pseudonym_code(ref)}


def ids_named(typed: str) -> IdRange:
    """The ids behind a typed name; "Person", spaces, hyphens and case do not matter.

    Raises NotAPseudonym.
    """
    match = _TYPED.fullmatch(" ".join(typed.upper().split()))
    if match is None:
        raise NotAPseudonym
    bits = 0
    for letter in "".join(match.groups()).translate(_MISHEARD):
        if letter not in _ALPHABET:
            raise NotAPseudonym
        bits = bits << 5 | _ALPHABET.index(letter)
    low = bits << _REST_BITS
    return IdRange(UUID(int=low), UUID(int=low | (1 << _REST_BITS) - 1))
