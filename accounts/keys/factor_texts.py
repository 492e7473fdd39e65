"""Seals the short secrets of second factors (TOTP secret, seed of a code card) for their column.

The key comes from the keeper's pepper, so a stolen database gives no code. It is no key of a
person: whoever runs the server with the keeper can read these secrets, and they open no text.
"""

import base64
import binascii

from accounts.errors import UnknownFormat
from accounts.keys.box import close_box, open_box
from accounts.keys.encoding import LABEL, expand
from accounts.keys.keeper import keeper

_CONTEXT = b"factor"


def close_text(text: str) -> str:
    """Seal a short ASCII secret; the result is text for a JSON column or a session."""
    return base64.b64encode(close_box(text.encode(), key=_key(), context=_CONTEXT)).decode()


def open_text(sealed: str) -> str:
    """Open what close_text made. Raises UnknownFormat or WrongKey."""
    try:
        blob = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnknownFormat("not a sealed text") from error
    return open_box(blob, key=_key(), context=_CONTEXT).decode()


def _key() -> bytes:
    return expand(keeper().pepper(LABEL + b"factor-texts"), "factor-key")
