"""Ways to change stored bytes, each with a name; what follows must never be taken for genuine."""

import os
from collections.abc import Callable, Mapping

Change = Callable[[bytes, bytes], bytes]


def _flip(place: float) -> Change:
    """One bit, at a place counted from the front (an index) or as a part of the whole."""

    def flip(blob: bytes, _other: bytes) -> bytes:
        at = place if isinstance(place, int) else int(place * len(blob))
        at = min(at, len(blob) - 1) if at >= 0 else max(at + len(blob), 0)
        return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]

    return flip


# `other` is a genuine value of the same column in another row.
CHANGES: Mapping[str, Change] = {
    "empty": lambda _blob, _other: b"",
    "one byte short": lambda blob, _other: blob[:-1],
    "first byte gone": lambda blob, _other: blob[1:],
    "half": lambda blob, _other: blob[: len(blob) // 2],
    "header alone": lambda blob, _other: blob[:36] if len(blob) > 36 else blob[:4],
    "one byte more": lambda blob, _other: blob + b"\0",
    "twice": lambda blob, _other: blob + blob,
    "letter": _flip(0),
    "version": _flip(1),
    "suite": _flip(2),
    "flags or purpose": _flip(3),
    "key id or nonce": _flip(4),
    "nonce or recipient": _flip(24),
    "end of the header": _flip(35),
    "first of the body": _flip(36),
    "middle": _flip(0.5),
    "last before the tag": _flip(-17),
    "last": _flip(-1),
    "halves exchanged": lambda blob, _other: blob[len(blob) // 2 :] + blob[: len(blob) // 2],
    "backwards": lambda blob, _other: blob[::-1],
    "zeros": lambda blob, _other: bytes(len(blob)),
    "noise": lambda blob, _other: os.urandom(len(blob)),
    "header kept, noise behind": lambda blob, _other: (
        blob[:36] + os.urandom(len(blob) - 36) if len(blob) > 36 else os.urandom(len(blob))
    ),
    "another row's": lambda _blob, other: other,
    "another row's header": lambda blob, other: other[:36] + blob[36:],
    "another row's body": lambda blob, other: blob[:36] + other[36:],
}
