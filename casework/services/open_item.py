"""Opens items: decides and records in one transaction, commits, and only then unseals."""

from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.access_matrix import Act
from casework.choices import CaseState, Compartment, IdentityReason
from casework.errors import AccessDenied
from casework.models import Case, Item
from casework.services.recoverable import keep_opened_recoverable
from casework.services.unsealing import OpenedItem, Vouched, unseal_items

# Before these states end, a name is opened for a stated reason only (domain P-04).
_NAME_NEEDS_REASON = frozenset({CaseState.SCREENING, CaseState.CONSULTATION})
NEEDS_REASON = "identity_needs_reason"


def open_item(*, actor: Actor, item_id: UUID, purpose: str = "") -> OpenedItem:
    """One item's text. Raises AccessDenied for a stranger and for an unknown id alike."""
    with transaction.atomic(durable=True):
        case = Case.objects.filter(items=item_id).first()
        # Unknown ids run the same statements as forbidden ones.
        item = access.readable_on(actor, case.pk if case else item_id).filter(pk=item_id).first()
        refusal = _refusal(actor, case, item, purpose)
        event_id = record(
            actor.origin,
            Event.ITEM_READ,
            outcome=Outcome.REFUSED if refusal else Outcome.DONE,
            reason=refusal,
            purpose=_as_code(purpose),
            case_ref=case.log_ref if case else None,
            object_ref=item_id,
            compartment=item.compartment if item else "",
        )
    if case is None or item is None or refusal:
        raise AccessDenied(refusal)
    (opened,) = unseal_items(actor, [item], event_id=event_id)
    report_forged(actor, case, [opened])
    _keep_recoverable(actor, [opened])
    return opened


def open_part(
    *, actor: Actor, case_id: UUID, compartment: Compartment, purpose: str = ""
) -> list[OpenedItem]:
    """Every item of one part of a case that this actor may read, as one recorded act."""
    with transaction.atomic(durable=True):
        case = Case.objects.filter(pk=case_id).first()
        found = access.readable_on(actor, case_id).filter(compartment=compartment)
        items = list(found.order_by("created_at", "id"))
        refusal = _refusal(actor, case, items[0] if items else None, purpose)
        event_id = record(
            actor.origin,
            Event.PART_READ,
            outcome=Outcome.REFUSED if refusal else Outcome.DONE,
            reason=refusal,
            purpose=_as_code(purpose),
            case_ref=case.log_ref if case else None,
            object_ref=case_id,
            compartment=compartment,
            refs=[item.pk for item in items],
        )
    if case is None or refusal:
        raise AccessDenied(refusal)
    opened = unseal_items(actor, items, event_id=event_id)
    report_forged(actor, case, opened)
    _keep_recoverable(actor, opened)
    return opened


def refuse_unknown_part(*, actor: Actor, case_id: UUID) -> NoReturn:
    """Somebody asked for a part that no case has: recorded, and refused like a forbidden one."""
    with transaction.atomic(durable=True):
        record(
            actor.origin,
            Event.PART_READ,
            outcome=Outcome.REFUSED,
            reason="unknown_part",
            object_ref=case_id,
        )
    raise AccessDenied("unknown_part")


def report_forged(actor: Actor, case: Case, opened: Sequence[OpenedItem]) -> None:
    """Put every text that did not verify into the log, for the auditor."""
    forged = [item.id for item in opened if item.vouched is Vouched.FORGED]
    if forged:
        with transaction.atomic(durable=True):
            record_forged(actor, case, forged)


def record_forged(actor: Actor, case: Case, refs: Sequence[UUID]) -> None:
    """Texts, or an answer, that nobody signed who may; inside a transaction of the caller."""
    record(
        actor.origin,
        Event.ITEM_FORGED,
        outcome=Outcome.REFUSED,
        reason="seal_or_signature",
        case_ref=case.log_ref,
        refs=refs,
    )


def needs_reason(actor: Actor, case: Case, compartment: str) -> bool:
    """Whether this actor must say why before a name opens; authors know it already."""
    if compartment != Compartment.C1 or case.state not in _NAME_NEEDS_REASON:
        return False
    return not access.decide(actor, Act.SEE_STATUS, case.pk).allowed


def _keep_recoverable(actor: Actor, opened: Sequence[OpenedItem]) -> None:
    roots = {item.id: item.root for item in opened if item.root}
    keep_opened_recoverable(actor=actor, roots=roots)


def _as_code(purpose: str) -> str:
    """What a forged form says instead of a reason never enters the log."""
    return purpose if purpose in IdentityReason.values else ""


def _refusal(actor: Actor, case: Case | None, item: Item | None, purpose: str) -> str:
    """The code of why not, or an empty text."""
    if case is None or item is None:
        return access.Reason.NOT_READABLE.value
    if purpose and purpose not in IdentityReason.values:
        return "unknown_purpose"
    if not purpose and needs_reason(actor, case, item.compartment):
        return NEEDS_REASON
    return ""
