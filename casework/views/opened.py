"""Opened items as pages show them; what does not verify is named and never shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from casework.choices import Compartment, ItemKind
from casework.forms.summary import Row, rows_of_body
from casework.services.unsealing import OpenedItem, Vouched

_VOUCHED = {
    Vouched.AUTHOR: _("Signed by the one who wrote it."),
    Vouched.DESK: _("The intake desk has checked the signature of the one who wrote it."),
    Vouched.NOT_YET: _("The signature is not checked yet; the desk does it when it acknowledges."),
    Vouched.FORGED: "",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One opened item. Its repr hides the text."""

    title: str
    mark: str
    vouched: str
    at: datetime
    is_forged: bool
    rows: list[Row] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message between the author and the desk. Its repr hides the text."""

    from_desk: bool
    at: datetime
    is_forged: bool
    text: str = field(repr=False)


def entries_of(opened: Sequence[OpenedItem]) -> list[Entry]:
    """Items as labelled rows, in their order; messages have a place of their own."""
    return [
        Entry(
            title=str(each.kind.label),
            mark=str(each.mark.label),
            vouched=_vouched(each),
            at=each.at,
            is_forged=each.vouched is Vouched.FORGED,
            rows=rows_of_body(each.body),
        )
        for each in opened
        if each.kind is not ItemKind.MESSAGE
    ]


def messages_of(opened: Sequence[OpenedItem]) -> list[Message]:
    """Messages, oldest first."""
    return [
        Message(
            from_desk=bool(each.body.get("from_desk")),
            at=each.at,
            is_forged=each.vouched is Vouched.FORGED,
            text=str(each.body.get("text", "")),
        )
        for each in opened
        if each.kind is ItemKind.MESSAGE
    ]


def _vouched(each: OpenedItem) -> str:
    """Who has checked the signature; the desk cannot open a protected place, so nobody has."""
    if each.compartment is Compartment.C10 and each.vouched is Vouched.NOT_YET:
        return str(_("Nobody has checked the signature: the desk cannot open this part."))
    return str(_VOUCHED[each.vouched])
