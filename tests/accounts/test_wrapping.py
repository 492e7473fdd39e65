"""Wraps (layout W): every way in which the wrong one could open, and does not."""

import os
import uuid
from collections.abc import Iterator

import pytest

from accounts.errors import UnknownFormat, WrongKey
from accounts.keys import kem
from accounts.keys.encoding import LABEL, lp
from accounts.keys.wrapping import (
    HEADER_BYTES,
    Purpose,
    Recipient,
    commitment,
    unwrap,
    wrap,
)

SECRET = os.urandom(32)
ANKE, ROLF = (kem.private_from_seed(os.urandom(32)) for _ in range(2))
ANKE_ID, ROLF_ID, ROW, OTHER_ROW = (uuid.uuid4() for _ in range(4))
BLOB = wrap(SECRET, to=Recipient(ANKE_ID, ANKE.public), purpose=Purpose.ITEM, context=ROW.bytes)


def opened(
    blob: bytes = BLOB,
    *,
    private: kem.KemPrivate = ANKE,
    recipient_id: uuid.UUID = ANKE_ID,
    purpose: Purpose = Purpose.ITEM,
    context: bytes = ROW.bytes,
    kid32: bytes = commitment(SECRET),
) -> bytes:
    """The wrap opened by Anke in its place, but for what a test says otherwise."""
    return unwrap(
        blob,
        private=private,
        recipient_id=recipient_id,
        purpose=purpose,
        context=context,
        kid32=kid32,
    )


def test_wrap_opens_in_its_place() -> None:
    assert opened() == SECRET
    assert len(BLOB) == HEADER_BYTES + 1168


def test_layout_is_the_written_one() -> None:
    expected = b"W\x01\x12\x01" + commitment(SECRET)[:16] + ANKE_ID.bytes
    assert BLOB[:HEADER_BYTES] == expected


def test_info_binds_header_commitment_recipient_and_context() -> None:
    """What sealing.md says is bound: written out here a second time."""
    header = BLOB[:HEADER_BYTES]
    info = b"confer/1/wrap" + lp(
        header, commitment(SECRET), kem.fingerprint(ANKE.public), ROW.bytes
    )
    assert kem.hpke_open(BLOB[HEADER_BYTES:], private=ANKE, info=info) == SECRET


def test_another_persons_key_does_not_open() -> None:
    with pytest.raises(WrongKey):
        opened(private=ROLF)


def test_wrap_is_not_taken_for_another_recipients() -> None:
    with pytest.raises(WrongKey):
        opened(recipient_id=ROLF_ID)


def test_rewritten_recipient_does_not_open() -> None:
    blob = BLOB[:20] + ROLF_ID.bytes + BLOB[36:]
    with pytest.raises(WrongKey):
        opened(blob, recipient_id=ROLF_ID)


def test_wrap_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(WrongKey):
        opened(context=OTHER_ROW.bytes)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.ITEM])
def test_wrap_for_one_purpose_does_not_open_for_another(purpose: Purpose) -> None:
    with pytest.raises(WrongKey):
        opened(purpose=purpose)
    rewritten = BLOB[:3] + bytes([purpose]) + BLOB[4:]
    with pytest.raises(WrongKey):
        opened(rewritten, purpose=purpose)


def test_wrap_of_another_secret_does_not_pass_for_this_one() -> None:
    """Replayed: an old data key's wrap in the place of the new one."""
    old = os.urandom(32)
    recipient = Recipient(ANKE_ID, ANKE.public)
    blob = wrap(old, to=recipient, purpose=Purpose.ITEM, context=ROW.bytes)
    with pytest.raises(WrongKey):
        opened(blob)
    assert opened(blob, kid32=commitment(old)) == old


def test_secret_that_is_not_the_committed_one_is_refused() -> None:
    """A sender who says kid32 of one key and sends another: all is genuine but the commitment."""
    other = os.urandom(32)
    kid32 = commitment(SECRET)
    header = BLOB[:HEADER_BYTES]
    info = LABEL + b"wrap" + lp(header, kid32, kem.fingerprint(ANKE.public), ROW.bytes)
    blob = header + kem.hpke_seal(other, public=ANKE.public, info=info)
    with pytest.raises(WrongKey, match="committed"):
        opened(blob)


def test_commitment_is_compared_whole_and_not_only_as_kid() -> None:
    """Sixteen bytes of kid stand in the header; the other sixteen are checked too."""
    kid32 = commitment(SECRET)[:16] + bytes(16)
    header = BLOB[:HEADER_BYTES]
    info = LABEL + b"wrap" + lp(header, kid32, kem.fingerprint(ANKE.public), ROW.bytes)
    blob = header + kem.hpke_seal(SECRET, public=ANKE.public, info=info)
    with pytest.raises(WrongKey, match="committed"):
        opened(blob, kid32=kid32)


def test_truncated_wrap_never_opens() -> None:
    for length in range(len(BLOB)):
        with pytest.raises((WrongKey, UnknownFormat)):
            opened(BLOB[:length])


@pytest.mark.parametrize("extra", [b"\0", b"\x01", BLOB])
def test_extended_wrap_does_not_open(extra: bytes) -> None:
    with pytest.raises(WrongKey):
        opened(BLOB + extra)
    with pytest.raises((WrongKey, UnknownFormat)):
        opened(extra + BLOB)


def flipped(blob: bytes, places: range) -> Iterator[tuple[int, bytes]]:
    """The blob with one bit changed, for every bit of the bytes in `places`."""
    for place in places:
        for bit in range(8):
            changed = bytearray(blob)
            changed[place] ^= 1 << bit
            yield place, bytes(changed)


def test_one_bit_of_the_header_is_too_much() -> None:
    for place, blob in flipped(BLOB, range(HEADER_BYTES)):
        expected = UnknownFormat if place < 3 else WrongKey
        with pytest.raises(expected):
            opened(blob)


def test_one_bit_of_encapsulation_or_text_is_too_much() -> None:
    places = [*range(HEADER_BYTES, len(BLOB), 97), len(BLOB) - 1]
    for place in places:
        for _place, blob in flipped(BLOB, range(place, place + 1)):
            with pytest.raises(WrongKey):
                opened(blob)


@pytest.mark.parametrize(("version", "suite"), [(0, 0x12), (2, 0x12), (1, 0x11), (1, 0x00)])
def test_unknown_version_or_suite_is_never_guessed(version: int, suite: int) -> None:
    with pytest.raises(UnknownFormat):
        opened(b"W" + bytes([version, suite]) + BLOB[3:])


@pytest.mark.parametrize("kind", [b"K", b"S", b"F", b"w", b"\0"])
def test_blob_of_another_kind_is_unknown(kind: bytes) -> None:
    with pytest.raises(UnknownFormat):
        opened(kind + BLOB[1:])


def test_two_wraps_of_one_secret_have_nothing_in_common() -> None:
    again = wrap(
        SECRET, to=Recipient(ANKE_ID, ANKE.public), purpose=Purpose.ITEM, context=ROW.bytes
    )
    assert again[:HEADER_BYTES] == BLOB[:HEADER_BYTES]
    assert again[HEADER_BYTES : HEADER_BYTES + 64] != BLOB[HEADER_BYTES : HEADER_BYTES + 64]
    assert SECRET not in BLOB
