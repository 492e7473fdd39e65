"""Sealed texts (layout S): they open in their one place, whole, under their one key."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.keys.encoding import canonical, expand, padme_length
from casework import sealing
from casework.errors import SealBroken, SealError, SealUnknown
from casework.sealing import Address, DataKey, Place
from tests.casework.sealed_text import (
    AT,
    BLOB,
    BODY,
    DIGEST,
    HEADER_BYTES,
    KEY,
    MAUD,
    OTHER_ROW,
    PLACE,
    ROW,
    bound,
    framed,
    json_of,
    new_key,
    opened,
    raw,
)


def test_sealed_text_opens_in_its_place() -> None:
    text = opened()
    assert (text.body, text.at, text.author_key, text.digest) == (BODY, AT, MAUD.id, DIGEST)
    assert sealing.signed_by(text, PLACE, MAUD.sign_public)


def test_layout_is_the_written_one() -> None:
    assert BLOB[:4] == b"S\x01\x01\x00"
    assert BLOB[4:20] == KEY.kid32[:16]
    plaintext = AESGCM(expand(KEY.root + KEY.share, "content")).decrypt(
        BLOB[20:32], BLOB[32:], bound(BLOB[:32])
    )
    length = int.from_bytes(plaintext[:4], "big")
    value = json.loads(plaintext[4 : 4 + length])
    assert set(value) == {"schema", "salt", "at", "author", "signature", "body"}
    assert canonical(value) == plaintext[4 : 4 + length]
    assert set(plaintext[4 + length :]) <= {0}
    assert len(plaintext) == padme_length(4 + length, floor=512)


def test_text_is_nowhere_in_the_blob() -> None:
    for word in (b"videos", b"what_happened", MAUD.id.hex.encode(), KEY.root, KEY.share):
        assert word not in BLOB


WRONG_KEYS: dict[str, Callable[[], DataKey]] = {
    "another key": new_key,
    "another root": lambda: replace(KEY, root=os.urandom(32)),
    "another share": lambda: replace(KEY, share=os.urandom(32)),
    "no share": lambda: replace(KEY, share=b""),
    "share of zeros": lambda: replace(KEY, share=bytes(32)),
    "root and share exchanged": lambda: replace(KEY, root=KEY.share, share=KEY.root),
    "another commitment": lambda: replace(KEY, kid32=os.urandom(32)),
    "same kid, other commitment": lambda: replace(KEY, kid32=KEY.kid32[:16] + os.urandom(16)),
    "kid alone": lambda: replace(KEY, kid32=KEY.kid32[:16]),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_wrong_key_does_not_open(name: str) -> None:
    with pytest.raises(SealBroken):
        opened(key=WRONG_KEYS[name]())


@pytest.mark.parametrize(
    "address",
    [
        replace(PLACE, place=Place.DRAFT),
        replace(PLACE, place=Place.KEPT),
        replace(PLACE, field="opinion"),
        replace(PLACE, field=""),
        replace(PLACE, row_id=OTHER_ROW),
        replace(PLACE, number=1),
        replace(PLACE, number=3),
        Address(Place.DRAFT, "answers", ROW, 2),
    ],
    ids=str,
)
def test_another_place_column_row_or_version_does_not_open(address: Address) -> None:
    with pytest.raises(SealBroken):
        opened(address=address)


def test_old_version_does_not_pass_for_the_new_one() -> None:
    """Replayed: same row, same key, what stood there before."""
    old, _digest = sealing.seal(
        {"text": "old"}, at=AT, address=replace(PLACE, number=1), key=KEY, signer=MAUD
    )
    with pytest.raises(SealBroken):
        opened(old)


def test_boundary_between_place_and_field_cannot_move() -> None:
    blob, _digest = sealing.seal(
        BODY, at=AT, address=Address(Place.ITEM, "s", ROW), key=KEY, signer=None
    )
    moved = Address("items", "", ROW)  # type: ignore[arg-type]
    with pytest.raises(SealBroken):
        opened(blob, address=moved)


def test_truncated_text_never_opens() -> None:
    for length in range(len(BLOB)):
        with pytest.raises(SealError):
            opened(BLOB[:length])


@pytest.mark.parametrize("extra", [b"\0", b"\x01", BLOB[32:], BLOB])
def test_extended_text_does_not_open(extra: bytes) -> None:
    with pytest.raises(SealBroken):
        opened(BLOB + extra)
    with pytest.raises(SealError):
        opened(extra + BLOB)


def test_one_bit_of_the_header_is_too_much() -> None:
    for place in range(HEADER_BYTES):
        for bit in range(8):
            changed = bytearray(BLOB)
            changed[place] ^= 1 << bit
            expected = SealUnknown if place < 4 else SealBroken
            with pytest.raises(expected):
                opened(bytes(changed))


def test_one_bit_of_the_text_is_too_much() -> None:
    for place in range(HEADER_BYTES, len(BLOB)):
        changed = bytearray(BLOB)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(SealBroken):
            opened(bytes(changed))


@pytest.mark.parametrize(
    "head",
    [b"S\0\1", b"S\2\1", b"S\1\0", b"S\1\2", b"K\1\1", b"W\1\1", b"F\1\1", b"s\1\1", b"\0\0\0"],
)
def test_unknown_version_suite_or_kind_is_never_guessed(head: bytes) -> None:
    with pytest.raises(SealUnknown):
        opened(head + BLOB[3:])


@pytest.mark.parametrize("flags", [1, 2, 128, 255])
def test_flag_that_nobody_knows_is_never_guessed(flags: int) -> None:
    """Well sealed by a later version: what the flag means could change the text's meaning."""
    good = framed(canonical(json_of(opened())))
    assert opened(raw(good)).body == BODY
    with pytest.raises(SealUnknown):
        opened(raw(good, flags=flags))


@pytest.mark.parametrize("schema", [0, 2, "1", None, True])
def test_unknown_schema_is_never_guessed(schema: object) -> None:
    with pytest.raises(SealUnknown):
        opened(raw(framed(canonical(json_of(opened(), schema=schema)))))


BROKEN_TEXTS: list[bytes] = [
    b"",
    b"\0\0\0",
    framed(b""),
    framed(b"{"),
    framed(b"null"),
    framed(b"[]"),
    framed(b"\xff\xfe"),
    b"\0\0\0\xff" + b"{}".ljust(60, b" "),
    b"\xff\xff\xff\xff" + b"{}".ljust(60, b"\0"),
    framed(canonical(json_of(opened(), salt="zz"))),
    framed(canonical(json_of(opened(), at="yesterday"))),
    framed(canonical(json_of(opened(), author="somebody"))),
    framed(canonical(json_of(opened(), signature=7))),
    framed(canonical(json_of(opened(), body=["a list"]))),
    framed(canonical({"schema": 1})),
]


@pytest.mark.parametrize("number", range(len(BROKEN_TEXTS)))
def test_text_that_cannot_be_read_is_broken_and_not_a_crash(number: int) -> None:
    """Whoever holds a data key can seal anything under it; a page must survive that."""
    with pytest.raises(SealBroken):
        opened(raw(BROKEN_TEXTS[number]))


def sealed_length(body: dict[str, Any]) -> int:
    blob, _digest = sealing.seal(body, at=AT, address=PLACE, key=KEY, signer=MAUD)
    return len(blob)


@given(st.integers(min_value=0, max_value=3000))
def test_length_tells_the_bucket_only(length: int) -> None:
    text = len(canonical(json_of(opened(), body={"t": "x" * length}))) + 4
    signed = text + 128 + 32  # the signature and the author's id, in hex
    assert sealed_length({"t": "x" * length}) == 32 + padme_length(signed, floor=512) + 16


def test_short_answers_all_have_one_length() -> None:
    answers = ("yes", "no", "not asked", "", "somebody else decides for this person")
    assert len({sealed_length({"consent": answer}) for answer in answers}) == 1


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(["", "👩🏽‍🏫🇫🇷", "\0", "\u202e", "é", "e\u0301", "\U0010ffff"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, values, max_size=6))
def test_any_body_comes_back(body: dict[str, Any]) -> None:
    blob, digest = sealing.seal(body, at=AT, address=PLACE, key=KEY, signer=MAUD)
    text = opened(blob)
    assert text.body == body
    assert text.digest == digest
    assert sealing.signed_by(text, PLACE, MAUD.sign_public)


@pytest.mark.parametrize("size", [0, 1, 100_000, 1_000_000])
def test_long_text_comes_back(size: int) -> None:
    body = {"text": "é" * size}
    blob, _digest = sealing.seal(body, at=AT, address=PLACE, key=KEY, signer=MAUD)
    assert opened(blob).body == body


@pytest.mark.parametrize("body", [{"t": "\ud800"}, {"t": float("nan")}, {"t": object()}])
def test_what_cannot_be_written_is_refused_before_sealing(body: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        sealing.seal(body, at=AT, address=PLACE, key=KEY, signer=MAUD)


@given(st.integers(min_value=-14, max_value=14))
@settings(max_examples=20)
def test_time_keeps_its_zone(hours: int) -> None:
    at = AT.astimezone(timezone(timedelta(hours=hours)))
    blob, _digest = sealing.seal(BODY, at=at, address=PLACE, key=KEY, signer=MAUD)
    assert opened(blob).at.isoformat() == at.isoformat()
    assert sealing.signed_by(opened(blob), PLACE, MAUD.sign_public)
