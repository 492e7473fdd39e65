"""Advice without naming anybody: a question, messages, an end, or a referral from it."""

import uuid
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import the_partnership
from accounts.roles import SENDING_ROLES
from audit.events import Event, Outcome
from audit.record import record
from casework import access, sealing
from casework.access_matrix import Act
from casework.answers import CARRIED_OVER, CONSULTATION_ITEMS, ItemPlan, filled
from casework.choices import (
    AgeBand,
    CaseRoleKind,
    CaseState,
    Compartment,
    DisclosurePurpose,
    DraftKind,
    FileKind,
    ItemKind,
    Mark,
)
from casework.errors import (
    AccessDenied,
    CaseworkError,
    DraftGone,
    InvalidTransition,
    NobodyCanRead,
)
from casework.models import Case, Consultation, Draft, SealedFile
from casework.retention_clocks import erase_due_on
from casework.services.acting import MOVED_ON
from casework.services.desk_clock import acknowledge_by, give_role, let_desk_read
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, open_draft
from casework.services.keep_text import erase_kept, forget_shown
from casework.services.open_item import open_part
from casework.services.readers_like import readers_like
from casework.services.recipients import Reader, author_reader, desk_readers, recipient_refs
from casework.services.references import new_reference
from casework.services.send_once import new_item_id, was_sent
from casework.services.storing import Going, NewItem, store_item


def ask_advice(*, actor: Actor, draft_id: UUID) -> UUID:
    """Send a question once, however often the button is pressed; returns the consultation's id."""
    asked = _already_asked(actor, draft_id)
    if asked is not None:
        return asked
    draft = open_draft(actor=actor, draft_id=draft_id)
    if draft.kind is not DraftKind.CONSULTATION or actor.hat.role not in SENDING_ROLES:
        raise AccessDenied("hat_does_not_send")
    office = the_partnership().coordination_office
    if office is None:
        raise NobodyCanRead
    answers = {
        **draft.answers,
        "author_name": actor.name,
        "author_agency": actor.hat.agency_name,
    }
    desk = desk_readers(office, barred=(), by=actor)
    items = [
        _new_item(actor, plan, filled(plan, answers), desk)
        for plan in CONSULTATION_ITEMS
        if filled(plan, answers)
    ]
    file_id = uuid.uuid4()
    keys = sealing.new_file_keys(file_id, len(items))
    with transaction.atomic(durable=True):
        claimed, _each = Draft.objects.filter(pk=draft_id, author_id=actor.user_id).delete()
        consultation = None
        if claimed:
            consultation = _store(actor, draft_id, file_id, items, keys)
        else:
            record(
                actor.origin,
                Event.CONSULTATION_CREATED,
                outcome=Outcome.REFUSED,
                reason="draft_gone",
                object_ref=draft_id,
            )
    if consultation is None:
        asked = _already_asked(actor, draft_id)
        if asked is None:
            raise DraftGone
        return asked
    sealing.erase_file(draft_id)
    return consultation.pk


def write_advice_message(
    *, actor: Actor, consultation_id: UUID, text: str, claim: FormClaim | None = None
) -> None:
    """Author and desk write to each other on a question; the same form writes once."""
    if was_sent(actor=actor, claim=claim, text=text, mark=Mark.FACT):
        return
    try:
        _write_advice(actor, consultation_id, text, claim)
    except (IntegrityError, InvalidTransition):
        if not was_sent(actor=actor, claim=claim, text=text, mark=Mark.FACT):
            raise


def _write_advice(actor: Actor, consultation_id: UUID, text: str, claim: FormClaim | None) -> None:
    consultation, event_id = _unlock(actor, Act.WRITE_MESSAGE, consultation_id, Event.MESSAGE_SENT)
    (key,) = sealing.more_file_keys(
        consultation.file_id, 1, event_id=event_id, person=actor.log_ref
    )
    from_desk = access.decide(actor, Act.END_CONSULTATION, consultation.case_id).allowed
    with transaction.atomic(durable=True):
        gone = forget_shown(claim)
        new = NewItem(
            ItemKind.MESSAGE,
            Compartment.C11,
            Mark.FACT,
            {"text": text, "from_desk": from_desk},
            readers_like(consultation.file_id, ItemKind.SOURCE, by=actor),
            new_item_id(claim),
        )
        stored = store_item(
            new,
            file=consultation.file,
            agency_id=actor.hat.agency_id,
            key=key,
            at=timezone.now(),
            signer=actor.keys,
        )
        if from_desk:
            consultation.answered_at = timezone.now()
            consultation.save(update_fields=["answered_at"])
        record(
            actor.origin,
            Event.MESSAGE_SENT,
            case_ref=consultation.case.log_ref,
            object_ref=stored.row.pk,
            compartment=Compartment.C11,
            recipients=recipient_refs(each.reader for each in new.going),
            detail_digest=stored.digest,
        )
    erase_kept(gone)


def end_consultation(*, actor: Actor, consultation_id: UUID) -> None:
    """The desk ends the advice; it is erased 30 days later."""
    with transaction.atomic(durable=True):
        consultation, refusal = _find_running(actor, Act.END_CONSULTATION, consultation_id)
        if consultation is None:
            _refuse(actor, Event.CONSULTATION_ENDED, consultation_id, refusal)
        else:
            _end(actor, consultation)
    if consultation is None:
        raise _refused(refusal)


def convert(*, actor: Actor, consultation_id: UUID) -> UUID:
    """Begin a referral from the author's own question; facts go along, a name never was there."""
    with transaction.atomic(durable=True):
        consultation = _find(consultation_id)
        decision = access.decide(actor, Act.SEE_STATUS, _case_id(consultation_id))
        if decision.allowed and consultation is not None:
            consultation.converted_at = timezone.now()
            consultation.save(update_fields=["converted_at"])
            record(
                actor.origin,
                Event.CONSULTATION_CONVERTED,
                case_ref=consultation.case.log_ref,
                object_ref=consultation_id,
            )
        else:
            _refuse(actor, Event.CONSULTATION_CONVERTED, consultation_id, decision.reason)
    if not decision.allowed or consultation is None:
        raise AccessDenied(decision.reason)
    question = next(
        each
        for each in open_part(actor=actor, case_id=consultation.case_id, compartment=Compartment.C2)
        if each.kind is ItemKind.QUESTION
    )
    carried = {name: question.body[name] for name in CARRIED_OVER if name in question.body}
    return begin_draft(actor=actor, kind=DraftKind.REFERRAL, answers=carried)


def _new_item(actor: Actor, plan: ItemPlan, body: dict[str, object], desk: list[Reader]) -> NewItem:
    going = [Going(author_reader(actor), DisclosurePurpose.AUTHOR)]
    going += [Going(reader, DisclosurePurpose.ADVICE) for reader in desk]
    return NewItem(plan.kind, plan.compartment, plan.mark, body, tuple(going))


def _store(
    actor: Actor,
    draft_id: UUID,
    file_id: UUID,
    items: list[NewItem],
    keys: list[sealing.DataKey],
) -> Consultation:
    now = timezone.now()
    case = Case.objects.create(
        partnership_id=actor.hat.partnership_id, state=CaseState.CONSULTATION, opened_at=now
    )
    file = SealedFile.objects.create(id=file_id, case=case, kind=FileKind.CONSULTATION)
    consultation = Consultation.objects.create(
        reference=new_reference("RA"),
        case=case,
        file=file,
        draft_id=draft_id,
        agency_id=actor.hat.agency_id,
        asked_at=now,
    )
    for new, key in zip(items, keys, strict=True):
        store_item(
            new, file=file, agency_id=actor.hat.agency_id, key=key, at=now, signer=actor.keys
        )
    own_hat = Membership.objects.select_related("user").get(pk=actor.hat.membership_id)
    give_role(actor, case, own_hat, CaseRoleKind.AUTHOR, now)
    let_desk_read(actor, case, now, deputies_at=acknowledge_by(now))
    record(
        actor.origin,
        Event.CONSULTATION_CREATED,
        purpose=DisclosurePurpose.ADVICE,
        case_ref=case.log_ref,
        object_ref=consultation.pk,
        recipients=recipient_refs(
            each.reader
            for new in items
            for each in new.going
            if each.purpose is not DisclosurePurpose.AUTHOR
        ),
        refs=[new.id for new in items],
    )
    return consultation


def _end(actor: Actor, consultation: Consultation) -> None:
    now = timezone.now()
    case = consultation.case
    consultation.ended_at = now
    consultation.save(update_fields=["ended_at"])
    case.state = CaseState.CONSULTATION_ENDED
    case.decided_at = now
    case.erase_due_on = erase_due_on(
        CaseState.CONSULTATION_ENDED, AgeBand(case.age_band), timezone.localdate(now)
    )
    case.save(update_fields=["state", "decided_at", "erase_due_on"])
    record(
        actor.origin,
        Event.CONSULTATION_ENDED,
        case_ref=case.log_ref,
        object_ref=consultation.pk,
    )


def _unlock(
    actor: Actor, act: Act, consultation_id: UUID, event: Event
) -> tuple[Consultation, UUID]:
    """Decide and record; the consultation and the committed event, or an exception."""
    with transaction.atomic(durable=True):
        consultation, refusal = _find_running(actor, act, consultation_id)
        if consultation is None:
            event_id = _refuse(actor, event, consultation_id, refusal)
        else:
            event_id = record(
                actor.origin,
                Event.FILE_UNLOCKED,
                purpose=act,
                case_ref=consultation.case.log_ref,
                object_ref=consultation_id,
            )
    if consultation is None:
        raise _refused(refusal)
    return consultation, event_id


def _find_running(actor: Actor, act: Act, consultation_id: UUID) -> tuple[Consultation | None, str]:
    """A question that has not ended, locked for an act; or None and the code of the refusal."""
    consultation = _find(consultation_id)
    decision = access.decide(actor, act, _case_id(consultation_id))
    if consultation is None or not decision.allowed:
        return None, decision.reason
    return (None, MOVED_ON) if consultation.ended_at else (consultation, "")


def _refused(refusal: str) -> CaseworkError:
    """What the caller is told once the refusal is stored."""
    if refusal == MOVED_ON:
        return InvalidTransition(CaseState.CONSULTATION_ENDED)
    return AccessDenied(refusal)


def _find(consultation_id: UUID) -> Consultation | None:
    return (
        Consultation.objects.select_for_update(of=("self",))
        .select_related("case", "file")
        .filter(pk=consultation_id)
        .first()
    )


def _case_id(consultation_id: UUID) -> UUID:
    """The case of a consultation; an unknown id stands for itself, so that all looks alike."""
    row = Consultation.objects.filter(pk=consultation_id).values_list("case_id", flat=True)
    return row.first() or consultation_id


def _refuse(actor: Actor, event: Event, object_ref: UUID, reason: str) -> UUID:
    return record(
        actor.origin, event, outcome=Outcome.REFUSED, reason=reason, object_ref=object_ref
    )


def _already_asked(actor: Actor, draft_id: UUID) -> UUID | None:
    cases = access.visible_cases(actor, [CaseRoleKind.AUTHOR])
    row = Consultation.objects.filter(draft_id=draft_id, case__in=cases).first()
    return row.pk if row else None
