"""Seals again, to somebody's new key, what they had been given: one press of whoever can open it.

Somebody who lost a pass phrase has a new key, and the old wraps open for nobody. The ledger's
lines have not ended, so they say what was meant for whom. Sending again needs no keeper: a wrap
is made from the data key's root, and no text is opened.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.actor import Actor
from accounts.models import MemberKey, Membership
from accounts.queries import live_key, live_memberships
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.errors import AccessDenied
from casework.models import Disclosure, Item, Share
from casework.services.recipients import Reader, person_reader
from casework.services.storing import give_key
from casework.services.unsealing import open_roots


def waiting_for_key(*, actor: Actor, user_id: UUID) -> int:
    """How many items this actor can send again to a person; nothing for a stranger."""
    return _items(actor, user_id).count()


def send_again(*, actor: Actor, user_id: UUID) -> int:
    """Wrap to the person's new key all that this actor can open of what they had; how many.

    Raises AccessDenied when there is nothing, or the person was not let in again.
    """
    with transaction.atomic(durable=True):
        # Nobody can suspend the person or take their key back until this is done.
        rows = live_memberships().select_for_update(of=("self", "user"))
        hats = list(rows.filter(user_id=user_id, admitted_at__isnull=False))
        items = list(_items(actor, user_id).order_by("id")) if hats else []
        sent = _wrap_all(actor, items, hats)
        record(
            actor.origin,
            Event.SHARE_RENEWED,
            outcome=Outcome.DONE if sent else Outcome.REFUSED,
            reason="" if sent else "nothing_to_send",
            recipients=[hats[0].user.log_ref] if hats else [],
            refs=sent,
        )
    if not sent:
        raise AccessDenied("nothing_to_send")
    return len(sent)


def _items(actor: Actor, user_id: UUID) -> QuerySet[Item]:
    """What the actor can read and the person was given by name, without a key that opens now."""
    key = live_key(user_id)
    if key is None or user_id == actor.user_id:
        return Item.objects.none()
    return access.readable(actor).filter(
        Exists(_meant_for(user_id).filter(item=OuterRef("pk"))), ~Exists(_held_by(key))
    )


def _meant_for(user_id: UUID) -> QuerySet[Disclosure]:
    return Disclosure.objects.filter(to_user_id=user_id, ended_at__isnull=True)


def _held_by(key: MemberKey) -> QuerySet[Share]:
    return Share.objects.filter(item=OuterRef("pk"), version=OuterRef("current"), member_key=key)


def _wrap_all(actor: Actor, items: Sequence[Item], hats: Sequence[Membership]) -> list[UUID]:
    readers = {hat.agency_id: person_reader(hat, by=actor) for hat in hats}
    roots = open_roots(actor, items)
    sent = []
    for item in items:
        line = _line(item, hats)
        if line is None or access.is_barred(item.case, hats[0].user_id):
            continue
        if root := roots.get(item.pk):
            give_key(item, root, _reader(readers, line), line, item.current)
            sent.append(item.pk)
    return sent


def _line(item: Item, hats: Sequence[Membership]) -> Disclosure | None:
    """The open line of the ledger for an agency for which the person acts still."""
    agencies = [hat.agency_id for hat in hats]
    lines = _meant_for(hats[0].user_id).filter(item=item, to_agency_id__in=agencies)
    return lines.order_by("-made_at").first()


def _reader(readers: dict[UUID, Reader], line: Disclosure) -> Reader:
    if line.to_agency_id is None:
        raise ValueError("a line that was chosen by its agency has one")
    return readers[line.to_agency_id]
