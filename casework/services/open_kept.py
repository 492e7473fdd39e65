"""Opens what was kept of a form for its author: recorded, committed, and only then unsealed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import KeyFault
from accounts.keys.wrapping import Purpose
from audit.events import Event, Outcome
from audit.record import record
from casework import sealing
from casework.errors import SealError
from casework.models import Item, KeptText
from casework.retention_clocks import DRAFT_DAYS
from casework.services.keep_text import address_of, erase_kept


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one form. Its repr hides the text."""

    ids: tuple[UUID, ...] = ()
    kept_at: datetime | None = None
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Text:
    """One opened row: what the form would have made, and the older rows that it holds."""

    row_id: UUID
    kept_at: datetime
    item_id: UUID
    shown: frozenset[UUID]
    answers: dict[str, Any] = field(repr=False)


def open_kept(*, actor: Actor, form: str, object_id: UUID) -> Kept:
    """What is kept of the own form; nothing is recorded where nothing is kept.

    Several texts (of two tabs) come as one, oldest first. What does not open is not shown.
    """
    oldest = timezone.now() - timedelta(days=DRAFT_DAYS)
    own = KeptText.objects.filter(
        author_id=actor.user_id, form=form, object_id=object_id, kept_at__gt=oldest
    )
    rows = list(own.order_by("kept_at", "id"))
    if not rows:
        return Kept()
    ids = [row.pk for row in rows]
    with transaction.atomic(durable=True):
        event_id = record(actor.origin, Event.TEXT_READ, object_ref=object_id, refs=ids)
    texts = [text for row in rows if (text := _opened(row, actor, event_id))]
    _report_broken(actor, set(ids) - {text.row_id for text in texts})
    sent = _sent(texts)
    _drop_sent(actor, [text.row_id for text in texts if text.item_id in sent])
    waiting = [text for text in texts if text.item_id not in sent]
    gone = {text.row_id for text in texts} - {text.row_id for text in waiting}
    return _together([row_id for row_id in ids if row_id not in gone], waiting)


def _opened(row: KeptText, actor: Actor, event_id: UUID) -> _Text | None:
    try:
        body = _body(row, actor, event_id)
    except (SealError, KeyFault):
        return None
    shown = frozenset(UUID(each) for each in body["shown"])
    return _Text(row.pk, row.kept_at, UUID(body["item"]), shown, body["answers"])


def _body(row: KeptText, actor: Actor, event_id: UUID) -> dict[str, Any]:
    kid32 = bytes(row.kid32)
    root = sealing.unwrap_root(
        bytes(row.wrap),
        private=actor.keys.private,
        recipient_id=actor.keys.id,
        purpose=Purpose.KEPT,
        row_id=row.pk,
        kid32=kid32,
    )
    (share,) = sealing.keeper_shares(row.pk, [kid32], event_id=event_id, person=actor.log_ref)
    address = address_of(row.form, row.object_id, row.pk)
    return sealing.unseal(
        bytes(row.blob), address=address, root=root, kid32=kid32, share=share
    ).body


def _report_broken(actor: Actor, ids: Collection[UUID]) -> None:
    """Put what did not open into the log, for the auditor."""
    if ids:
        with transaction.atomic(durable=True):
            record(
                actor.origin,
                Event.ITEM_FORGED,
                outcome=Outcome.REFUSED,
                reason="seal_or_signature",
                refs=sorted(ids),
            )


def _sent(texts: Collection[_Text]) -> set[UUID]:
    """What was made after all, by the same form in another tab."""
    wanted = {text.item_id for text in texts}
    return set(Item.objects.filter(pk__in=wanted).values_list("pk", flat=True))


def _drop_sent(actor: Actor, ids: Collection[UUID]) -> None:
    if not ids:
        return
    with transaction.atomic(durable=True):
        KeptText.objects.filter(pk__in=ids, author_id=actor.user_id).delete()
        for row_id in ids:
            record(actor.origin, Event.DRAFT_DELETED, reason="already_sent", object_ref=row_id)
    erase_kept(ids)


def _together(ids: Collection[UUID], texts: Collection[_Text]) -> Kept:
    """The newest text of each form that was open, without those that another one holds."""
    held = {row_id for text in texts for row_id in text.shown}
    newest = {text.item_id: text for text in texts if text.row_id not in held}
    if not newest:
        return Kept(tuple(ids))
    last = max(newest.values(), key=lambda each: each.kept_at)
    words = "\n\n".join(str(each.answers.get("text", "")) for each in newest.values())
    return Kept(tuple(ids), last.kept_at, {**last.answers, "text": words})
