"""Length prefixes, canonical JSON, Padmé lengths, the layout of member keys, named signatures."""

import json
import math
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import UnknownFormat
from accounts.keys import member
from accounts.keys.encoding import canonical, expand, lp, padme_length
from accounts.keys.signing import SignedAs, sign, sign_public, verify

KEYS = member.generate(uuid.uuid4(), member.Pin(b"f" * 32, 7, b"h" * 32))
SEED = b"s" * 32
texts = st.text(alphabet=st.characters(codec="utf-8"))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
bodies = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.binary(max_size=8), max_size=5), st.lists(st.binary(max_size=8), max_size=5))
def test_two_lists_have_the_same_bytes_only_if_they_are_the_same(
    first: list[bytes], second: list[bytes]
) -> None:
    assert (lp(*first) == lp(*second)) == (first == second)


@given(st.dictionaries(texts, bodies, max_size=5))
def test_canonical_text_comes_back(value: dict[str, Any]) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(texts, st.integers(), min_size=2, max_size=5))
def test_canonical_text_does_not_depend_on_order(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_know_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"n": number})


def test_each_purpose_expands_to_another_key() -> None:
    purposes = ("commit", "content", "verifier", "slot", "session-lookup", "session-key")
    assert len({expand(SEED, purpose) for purpose in purposes}) == len(purposes)


@given(st.integers(min_value=0, max_value=2**40))
def test_padme_covers_the_length_and_wastes_little(length: int) -> None:
    padded = padme_length(length)
    assert padded >= max(length, 64)
    assert length <= 64 or padded <= length * 1.12


@given(st.integers(min_value=65, max_value=2**40))
def test_padme_keeps_no_more_bits_than_it_says(length: int) -> None:
    """At most log2(log2(L)) + 1 bits below the highest one are kept: the rest is zero."""
    padded = padme_length(length)
    exponent = padded.bit_length() - 1
    assert padded % (1 << (exponent - exponent.bit_length())) == 0
    assert padme_length(padded) == padded


@given(st.integers(min_value=0, max_value=2**24), st.integers(min_value=0, max_value=2**24))
def test_padme_never_turns_the_order_around(first: int, second: int) -> None:
    shorter, longer = sorted((first, second))
    assert padme_length(shorter) <= padme_length(longer)


def test_padme_hides_lengths_in_few_buckets() -> None:
    """All lengths up to a megabyte fall into some hundred sizes."""
    assert len({padme_length(length) for length in range(2**20)}) < 400


def test_member_keys_come_back() -> None:
    assert member.decode(member.encode(KEYS)) == KEYS
    assert len(member.encode(KEYS)) == 169


def test_member_keys_of_another_length_are_refused() -> None:
    data = member.encode(KEYS)
    for length in [*range(len(data)), len(data) + 1]:
        with pytest.raises(UnknownFormat):
            member.decode(data[:length].ljust(length, b"\0"))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_member_keys_of_another_version_are_refused(version: int) -> None:
    with pytest.raises(UnknownFormat):
        member.decode(bytes([version]) + member.encode(KEYS)[1:])


def test_member_keys_are_never_printed() -> None:
    shown = repr(KEYS) + repr(KEYS.private) + str(KEYS)
    for secret in (KEYS.kem_seed, KEYS.sign_seed):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown


def test_newer_pin_leaves_the_keys_alone() -> None:
    pin = member.Pin(b"f" * 32, 8, b"n" * 32)
    assert KEYS.pinned(pin) == replace(KEYS, pin=pin)


def test_two_people_never_get_the_same_keys() -> None:
    keys = [member.generate(uuid.uuid4(), KEYS.pin) for _ in range(20)]
    assert len({each.kem_seed for each in keys} | {each.sign_seed for each in keys}) == 40
    assert len({each.id for each in keys}) == 20


@pytest.mark.parametrize("purpose", list(SignedAs))
def test_signature_for_one_purpose_is_none_for_another(purpose: SignedAs) -> None:
    signature = sign(SEED, purpose, b"text")
    good = {each for each in SignedAs if verify(sign_public(SEED), signature, each, b"text")}
    assert good == {purpose}


@pytest.mark.parametrize("parts", [(b"tex", b"t"), (b"text", b""), (b"",), (b"Text",)])
def test_signature_is_over_exactly_these_parts(parts: tuple[bytes, ...]) -> None:
    signature = sign(SEED, SignedAs.ITEM, b"text")
    assert verify(sign_public(SEED), signature, SignedAs.ITEM, b"text")
    assert not verify(sign_public(SEED), signature, SignedAs.ITEM, *parts)


def test_signature_of_somebody_else_does_not_verify() -> None:
    signature = sign(SEED, SignedAs.ITEM, b"text")
    assert not verify(sign_public(b"o" * 32), signature, SignedAs.ITEM, b"text")


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_signature_of_another_length_does_not_verify(length: int) -> None:
    signature = sign(SEED, SignedAs.ITEM, b"text").ljust(length, b"\0")[:length]
    assert not verify(sign_public(SEED), signature, SignedAs.ITEM, b"text")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_public_signing_key_of_another_length_verifies_nothing(length: int) -> None:
    signature = sign(SEED, SignedAs.ITEM, b"text")
    assert not verify(bytes(length), signature, SignedAs.ITEM, b"text")
