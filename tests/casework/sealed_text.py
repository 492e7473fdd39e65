"""One sealed text of Maud's, and ways to build others around any plaintext."""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.keys import member
from accounts.keys.encoding import expand, lp, padme_length
from accounts.keys.wrapping import commitment
from casework import sealing
from casework.sealing import Address, DataKey, Place

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
# Fixed, because they stand in the names of parametrised tests.
ROW, OTHER_ROW = uuid.UUID(int=1), uuid.UUID(int=2)
PLACE = Address(Place.ITEM, "concern", ROW, 2)
BODY = {"what_happened": "He showed videos to younger pupils.", "risks": ["self"]}
MAUD = member.generate(uuid.uuid4(), member.Pin(bytes(32), 0, bytes(32)))
ROLF = member.generate(uuid.uuid4(), member.Pin(bytes(32), 0, bytes(32)))
HEADER_BYTES = 32


def new_key() -> DataKey:
    root = os.urandom(32)
    return DataKey(root, commitment(root), os.urandom(32))


KEY = new_key()
BLOB, DIGEST = sealing.seal(BODY, at=AT, address=PLACE, key=KEY, signer=MAUD)


def opened(blob: bytes = BLOB, *, address: Address = PLACE, key: DataKey = KEY) -> sealing.Opened:
    """The blob opened in its place, but for what a test says otherwise."""
    return sealing.unseal(blob, address=address, root=key.root, kid32=key.kid32, share=key.share)


def raw(plaintext: bytes, *, flags: int = 0, key: DataKey = KEY) -> bytes:
    """A blob whose layers are right, around any plaintext whatever."""
    header = b"S\x01\x01" + bytes([flags]) + key.kid32[:16] + os.urandom(12)
    sealed = AESGCM(expand(key.root + key.share, "content")).encrypt(
        header[20:], plaintext, bound(header, key)
    )
    return header + sealed


def bound(header: bytes, key: DataKey = KEY, address: Address = PLACE) -> bytes:
    """The additional data as sealing.md writes it, written out a second time."""
    return lp(
        b"confer/1/field",
        header,
        address.place.encode(),
        address.field.encode(),
        address.row_id.bytes,
        address.number.to_bytes(4, "big"),
        key.kid32,
    )


def framed(text: bytes) -> bytes:
    content = len(text).to_bytes(4, "big") + text
    return content.ljust(padme_length(len(content), floor=512), b"\0")


def json_of(text: sealing.Opened, **changes: Any) -> dict[str, Any]:
    """The plaintext of a seal as a value."""
    value = {
        "schema": 1,
        "salt": "00" * 16,
        "at": text.at.isoformat(),
        "author": "",
        "signature": "",
        "body": text.body,
    }
    return {**value, **changes}
