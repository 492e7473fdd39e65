"""Key boxes (layout K): they open under their key, in their place, whole, and no other way."""

import os

import pytest

from accounts.errors import UnknownFormat, WrongKey
from accounts.keys.box import close_box, open_box

KEY = os.urandom(32)
PLACE = b"slot of Anke"
TEXT = os.urandom(169)
BLOB = close_box(TEXT, key=KEY, context=PLACE)


def test_box_opens_in_its_place() -> None:
    assert open_box(BLOB, key=KEY, context=PLACE) == TEXT
    assert BLOB[:3] == b"K\x01\x01"
    assert len(BLOB) == 3 + 12 + len(TEXT) + 16


def test_wrong_key_does_not_open() -> None:
    with pytest.raises(WrongKey):
        open_box(BLOB, key=os.urandom(32), context=PLACE)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_key_of_another_length_does_not_open(length: int) -> None:
    with pytest.raises(WrongKey):
        open_box(BLOB, key=KEY[:length].ljust(length, b"\0"), context=PLACE)


@pytest.mark.parametrize("place", [b"", b"slot of Rolf", PLACE + b"\0", PLACE[:-1]])
def test_another_place_does_not_open(place: bytes) -> None:
    with pytest.raises(WrongKey):
        open_box(BLOB, key=KEY, context=place)


def test_truncated_box_never_opens() -> None:
    for length in range(len(BLOB)):
        with pytest.raises((WrongKey, UnknownFormat)):
            open_box(BLOB[:length], key=KEY, context=PLACE)


def test_extended_box_does_not_open() -> None:
    with pytest.raises(WrongKey):
        open_box(BLOB + b"\0", key=KEY, context=PLACE)


def test_one_bit_is_too_much() -> None:
    for place in range(len(BLOB)):
        for bit in range(8):
            changed = bytearray(BLOB)
            changed[place] ^= 1 << bit
            expected = UnknownFormat if place < 3 else WrongKey
            with pytest.raises(expected):
                open_box(bytes(changed), key=KEY, context=PLACE)


@pytest.mark.parametrize("head", [b"K\0\1", b"K\2\1", b"K\1\2", b"W\1\1", b"S\1\1"])
def test_unknown_version_suite_or_kind_is_never_guessed(head: bytes) -> None:
    with pytest.raises(UnknownFormat):
        open_box(head + BLOB[3:], key=KEY, context=PLACE)


def test_two_boxes_of_one_text_differ() -> None:
    again = close_box(TEXT, key=KEY, context=PLACE)
    assert again[3:15] != BLOB[3:15]
    assert again[15:] != BLOB[15:]
