"""A form makes its thing once: the same form that comes again is told from another text."""

import uuid
from uuid import UUID

from accounts.actor import Actor
from casework.choices import Mark
from casework.errors import AccessDenied, OtherTextSent
from casework.models import Item
from casework.services.form_tokens import FormClaim
from casework.services.open_item import open_item


def was_sent(*, actor: Actor, claim: FormClaim | None, text: str, mark: Mark) -> bool:
    """Whether this form has been sent before; comparing the texts opens the first one, recorded.

    Raises OtherTextSent when the first one said something else: a page that was gone back to.
    """
    if claim is None or not Item.objects.filter(pk=claim.item_id).exists():
        return False
    try:
        first = open_item(actor=actor, item_id=claim.item_id)
    except AccessDenied:
        return True  # it can be read no more, so nothing can follow it either
    if (first.body.get("text"), first.mark) != (text, mark):
        raise OtherTextSent
    return True


def new_item_id(claim: FormClaim | None) -> UUID:
    """The id of what is made now: the form's, or a new one for what comes without a form."""
    return claim.item_id if claim else uuid.uuid4()
