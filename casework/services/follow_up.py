"""What follows a referral: more from the author, messages, sending again, withdrawal."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actor import Actor
from audit.events import Event
from audit.record import record
from casework import sealing
from casework.access_matrix import Act
from casework.choices import (
    AgeBand,
    CaseRoleKind,
    CaseState,
    Compartment,
    DisclosurePurpose,
    ItemKind,
    Mark,
    RoleEnd,
)
from casework.errors import InvalidTransition
from casework.models import Disclosure, Referral, SealedFile
from casework.retention_clocks import erase_due_on
from casework.services.acting import (
    MOVED_ON,
    Found,
    find_for,
    raise_refusal,
    record_refusal,
    record_unlock,
)
from casework.services.ending import end_case_roles, end_shares
from casework.services.form_tokens import FormClaim
from casework.services.keep_text import erase_kept, forget_shown
from casework.services.readers_like import readers_like
from casework.services.recipients import recipient_refs
from casework.services.send_once import new_item_id, was_sent
from casework.services.storing import NewItem, store_item
from casework.transitions import OPEN_TO_AUTHOR, Step


@dataclass(frozen=True, slots=True)
class _Text:
    """What was typed, and by which form; programs bring none. Its repr hides the text."""

    text: str = field(repr=False)
    mark: Mark = Mark.FACT
    claim: FormClaim | None = None


@dataclass(frozen=True, slots=True)
class _Writing:
    """What kind of text is added, with which act and word of the log."""

    act: Act
    event: Event
    kind: ItemKind
    compartment: Compartment
    like: ItemKind
    step: Step | None = None


_ADDITION = _Writing(
    Act.ADD, Event.ADDITION_ADDED, ItemKind.ADDITION, Compartment.C2, ItemKind.CONCERN
)
_RESUBMISSION = _Writing(
    Act.RESUBMIT,
    Event.REFERRAL_RESUBMITTED,
    ItemKind.ADDITION,
    Compartment.C2,
    ItemKind.CONCERN,
    Step.RESUBMIT,
)
# Messages tell who wrote, so they lie with the source: a second screener never sees them.
_MESSAGE = _Writing(
    Act.WRITE_MESSAGE, Event.MESSAGE_SENT, ItemKind.MESSAGE, Compartment.C11, ItemKind.SOURCE
)


def add_since(
    *, actor: Actor, referral_id: UUID, text: str, mark: Mark, claim: FormClaim | None = None
) -> None:
    """The author adds what happened since, while the screening is open."""
    _write_once(actor, referral_id, _ADDITION, _Text(text, mark, claim))


def write_message(
    *, actor: Actor, referral_id: UUID, text: str, claim: FormClaim | None = None
) -> None:
    """Author and desk write to each other; nobody else can read it."""
    _write_once(actor, referral_id, _MESSAGE, _Text(text, claim=claim))


def resubmit(*, actor: Actor, referral_id: UUID, text: str, claim: FormClaim | None = None) -> None:
    """The author adds what was missing and sends a returned referral again."""
    _write_once(actor, referral_id, _RESUBMISSION, _Text(text, claim=claim))


def withdraw(*, actor: Actor, referral_id: UUID) -> None:
    """The author takes it back before the desk acknowledged it; everybody else's keys go."""
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.WITHDRAW, referral_id, Step.WITHDRAW)
        if found.refusal:
            record_refusal(actor, Event.REFERRAL_WITHDRAWN, found)
        else:
            _close_withdrawn(actor, found)
    raise_refusal(found)


def _close_withdrawn(actor: Actor, found: Found) -> None:
    referral = found.referral
    case = referral.case
    now = timezone.now()
    referral.state = found.state
    referral.save(update_fields=["state"])
    case.state = CaseState.WITHDRAWN
    case.decided_at = now
    case.erase_due_on = erase_due_on(
        CaseState.WITHDRAWN, AgeBand(case.age_band), timezone.localdate(now)
    )
    case.save(update_fields=["state", "decided_at", "erase_due_on"])
    others = Disclosure.objects.filter(case=case).exclude(purpose=DisclosurePurpose.AUTHOR)
    end_shares(actor.origin, case, others, RoleEnd.WITHDRAWN)
    for kind in (CaseRoleKind.INTAKE, CaseRoleKind.CHECKER, CaseRoleKind.CUSTODIAN):
        end_case_roles(actor.origin, case, kind, RoleEnd.WITHDRAWN)
    for event in (Event.REFERRAL_WITHDRAWN, Event.CASE_MOVED):
        record(
            actor.origin,
            event,
            reason=case.state,
            case_ref=case.log_ref,
            object_ref=referral.pk,
        )


def _write_once(actor: Actor, referral_id: UUID, writing: _Writing, typed: _Text) -> None:
    """The same form that comes twice, even at the same moment, makes one item."""
    if was_sent(actor=actor, claim=typed.claim, text=typed.text, mark=typed.mark):
        return
    try:
        _write(actor, referral_id, writing, typed)
    except (IntegrityError, InvalidTransition):
        if not was_sent(actor=actor, claim=typed.claim, text=typed.text, mark=typed.mark):
            raise


def _write(actor: Actor, referral_id: UUID, writing: _Writing, typed: _Text) -> None:
    """Two transactions: the keeper opens its lock only for a record that is committed."""
    with transaction.atomic(durable=True):
        found = _find(actor, referral_id, writing)
        event_id = (
            record_refusal(actor, writing.event, found)
            if found.refusal
            else record_unlock(actor, writing.act, found)
        )
    raise_refusal(found)
    (key,) = sealing.more_file_keys(
        found.referral.file_id, 1, event_id=event_id, person=actor.log_ref
    )
    gone: list[UUID] = []
    with transaction.atomic(durable=True):
        found = _find(actor, referral_id, writing)
        if found.refusal:
            record_refusal(actor, writing.event, found)
        else:
            gone = forget_shown(typed.claim)
            _store(actor, found, writing, typed, key)
    erase_kept(gone)
    raise_refusal(found)


def _find(actor: Actor, referral_id: UUID, writing: _Writing) -> Found:
    found = find_for(actor, writing.act, referral_id, writing.step)
    if not found.refusal and found.state not in OPEN_TO_AUTHOR:
        return Found(found.referral, found.state, MOVED_ON)
    return found


def _store(
    actor: Actor,
    found: Found,
    writing: _Writing,
    typed: _Text,
    key: sealing.DataKey,
) -> None:
    referral = found.referral
    new = NewItem(
        writing.kind,
        writing.compartment,
        typed.mark,
        {"text": typed.text, "from_desk": found.kind is CaseRoleKind.INTAKE},
        readers_like(referral.file_id, writing.like, by=actor),
        new_item_id(typed.claim),
    )
    stored = store_item(
        new,
        file=SealedFile.objects.get(pk=referral.file_id),
        agency_id=actor.hat.agency_id,
        key=key,
        at=timezone.now(),
        signer=actor.keys,
    )
    _advance(referral, found, writing)
    record(
        actor.origin,
        writing.event,
        case_ref=referral.case.log_ref,
        object_ref=stored.row.pk,
        compartment=writing.compartment,
        recipients=recipient_refs(each.reader for each in new.going),
        detail_digest=stored.digest,
    )


def _advance(referral: Referral, found: Found, writing: _Writing) -> None:
    if writing.step is not None:
        referral.state = found.state
        referral.save(update_fields=["state"])
