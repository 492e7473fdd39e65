"""The signed token in a form: keeps what is typed after a lapse, and makes one thing of it once."""

import uuid
from dataclasses import dataclass, field
from uuid import UUID

from django.core import signing

_SALT = "confer.form"
_LIFETIME_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class FormClaim:
    """Which form a page gave to whom, and about what: a page of a draft, a message.

    What the form makes gets `item_id`, so the same form makes it once. `shown` are the kept texts
    that stood in the form: they are in it, so they go when it is sent.
    """

    user_id: UUID
    form: str
    object_id: UUID
    item_id: UUID = field(default_factory=uuid.uuid4)
    shown: tuple[UUID, ...] = ()


def make_token(claim: FormClaim) -> str:
    """A token that holds ids only and is believed for 24 hours."""
    ids = [claim.user_id, claim.object_id, claim.item_id, *claim.shown]
    return signing.dumps([claim.form, *(each.hex for each in ids)], salt=_SALT, compress=False)


def read_token(token: str) -> FormClaim | None:
    """The claim of a token; None for a forged, altered or old one."""
    try:
        form, *ids = signing.loads(token, salt=_SALT, max_age=_LIFETIME_SECONDS)
        user_id, object_id, item_id, *shown = (UUID(each) for each in ids)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return FormClaim(user_id, form, object_id, item_id, tuple(shown))
