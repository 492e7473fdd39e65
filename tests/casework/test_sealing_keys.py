"""One key and one author: ciphertexts that open under two keys, wraps and signatures that lie."""

import os
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.keys import kem
from accounts.keys.encoding import canonical, expand, lp
from accounts.keys.wrapping import Purpose, Recipient
from casework import sealing
from casework.errors import SealBroken
from casework.sealing import Address, DataKey, Place
from tests.casework.sealed_text import (
    AT,
    BLOB,
    BODY,
    DIGEST,
    KEY,
    MAUD,
    OTHER_ROW,
    PLACE,
    ROLF,
    ROW,
    bound,
    framed,
    json_of,
    opened,
)
from tests.casework.two_keys import sealed_for_both


def test_two_keys_can_open_one_ciphertext_and_one_is_refused() -> None:
    """AES-GCM does not commit to its key. Confer does, wherever a root is used."""
    other = DataKey(os.urandom(32), KEY.kid32, KEY.share)
    plaintext = framed(canonical(json_of(opened(), body={"text": "innocent " * 12})))
    used = 4 + int.from_bytes(plaintext[:4], "big")
    assert len(plaintext) - used >= 32, "room in the padding for one block"
    plaintext = plaintext[: len(plaintext) // 16 * 16]
    header = b"S\x01\x01\x00" + KEY.kid32[:16] + os.urandom(12)
    contents = (expand(KEY.root + KEY.share, "content"), expand(other.root + KEY.share, "content"))
    blob = header + sealed_for_both(
        plaintext, contents, header[20:], bound(header), sacrificed=len(plaintext) // 16 - 1
    )
    for content in contents:
        assert AESGCM(content).decrypt(header[20:], blob[32:], bound(header))
    with pytest.raises(InvalidTag):
        AESGCM(os.urandom(32)).decrypt(header[20:], blob[32:], bound(header))
    assert opened(blob).body == {"text": "innocent " * 12}
    with pytest.raises(SealBroken, match="commit"):
        opened(blob, key=other)


def test_wrap_that_brings_the_second_key_is_refused() -> None:
    """The same trick through a reader's wrap: kid32 says one root, the wrap holds another."""
    reader = kem.private_from_seed(os.urandom(32))
    reader_id = uuid.uuid4()
    wrap = sealing.wrap_to(
        KEY.root, to=Recipient(reader_id, reader.public), purpose=Purpose.ITEM, row_id=ROW
    )
    header = wrap[:36]
    info = b"confer/1/wrap" + lp(header, KEY.kid32, kem.fingerprint(reader.public), ROW.bytes)
    forged = header + kem.hpke_seal(os.urandom(32), public=reader.public, info=info)
    how = {"private": reader, "recipient_id": reader_id, "purpose": Purpose.ITEM, "row_id": ROW}
    assert sealing.unwrap_root(wrap, kid32=KEY.kid32, **how) == KEY.root  # type: ignore[arg-type]
    with pytest.raises(SealBroken):
        sealing.unwrap_root(forged, kid32=KEY.kid32, **how)  # type: ignore[arg-type]
    for change in ({"row_id": OTHER_ROW}, {"purpose": Purpose.DRAFT}, {"recipient_id": ROW}):
        with pytest.raises(SealBroken):
            sealing.unwrap_root(wrap, kid32=KEY.kid32, **{**how, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        replace(PLACE, place=Place.DRAFT),
        replace(PLACE, field="opinion"),
        replace(PLACE, row_id=OTHER_ROW),
        replace(PLACE, number=1),
    ],
    ids=str,
)
def test_authors_signature_is_for_this_place_only(address: Address) -> None:
    """It survives every new data key, and serves nowhere else."""
    text = opened()
    again = replace(text)
    assert sealing.signed_by(again, PLACE, MAUD.sign_public)
    assert not sealing.signed_by(text, address, MAUD.sign_public)


def test_authors_signature_is_over_author_time_and_text() -> None:
    text = opened()
    assert not sealing.signed_by(text, PLACE, ROLF.sign_public)
    for change in (
        {"author_key": ROLF.id},
        {"author_key": None},
        {"at": AT + timedelta(seconds=1)},
        {"digest": bytes(32)},
        {"signature": b""},
    ):
        forged = replace(text, **change)
        assert not sealing.signed_by(forged, PLACE, MAUD.sign_public)


def test_text_without_a_signer_has_no_author() -> None:
    blob, _digest = sealing.seal(BODY, at=AT, address=PLACE, key=KEY, signer=None)
    text = opened(blob)
    assert (text.author_key, text.signature) == (None, b"")
    assert not sealing.signed_by(text, PLACE, MAUD.sign_public)


def test_stored_signature_is_over_blob_key_row_and_version() -> None:
    signature = sealing.stored_signature(MAUD, BLOB, KEY.kid32, PLACE)
    public = MAUD.sign_public
    assert sealing.stored_by(public, signature, BLOB, KEY.kid32, PLACE)
    assert not sealing.stored_by(ROLF.sign_public, signature, BLOB, KEY.kid32, PLACE)
    assert not sealing.stored_by(public, signature, BLOB + b"\0", KEY.kid32, PLACE)
    assert not sealing.stored_by(public, signature, BLOB, bytes(32), PLACE)
    for address in (replace(PLACE, number=1), replace(PLACE, row_id=OTHER_ROW)):
        assert not sealing.stored_by(public, signature, BLOB, KEY.kid32, address)


def test_same_text_never_looks_the_same() -> None:
    """Equal answers must not be seen as equal, nor two digests of them."""
    again, digest = sealing.seal(BODY, at=AT, address=PLACE, key=KEY, signer=MAUD)
    assert len(again) == len(BLOB)
    assert again[20:] != BLOB[20:]
    assert digest != DIGEST


def test_opened_text_is_never_printed() -> None:
    shown = repr(opened()) + repr(KEY)
    assert "videos" not in shown
    assert KEY.root.hex() not in shown
    assert repr(KEY.share)[2:-1] not in shown
