"""Texts of forms outside drafts that came without a session: sealed to their author until sent."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory
from accounts.keys.wrapping import Purpose, Recipient
from accounts.models import MemberKey, User
from accounts.queries import live_key
from audit.events import Event, Outcome
from audit.record import Origin, record
from casework import access, sealing
from casework.choices import CaseRoleKind
from casework.errors import NotKept
from casework.models import Case, Item, KeptText
from casework.retention_clocks import DRAFT_DAYS
from casework.sealing import Address, DataKey, Place
from casework.services.form_tokens import FormClaim

# A token works for a day; whoever found one must not fill the table with it.
MOST_KEPT = 20
# Which forms there are, what each is about, and who may send it.
_FORMS: Mapping[str, tuple[str, CaseRoleKind]] = MappingProxyType(
    {
        "referral_detail": ("referrals", CaseRoleKind.AUTHOR),
        "addition_new": ("referrals", CaseRoleKind.AUTHOR),
        "referral_resubmit": ("referrals", CaseRoleKind.AUTHOR),
        "message_send": ("referrals", CaseRoleKind.INTAKE),
        "consultation_detail": ("consultation", CaseRoleKind.AUTHOR),
        "advice_desk": ("consultation", CaseRoleKind.INTAKE),
    }
)


def keep_text(*, origin: Origin, claim: FormClaim, answers: Mapping[str, Any]) -> None:
    """Seal what was typed to the public key of the person whose form it is.

    Nobody can read anything by this; only the author, after signing in. Raises NotKept when that
    person has no right to the form's object (any more), or has sent this very form.
    """
    user = User.objects.filter(pk=claim.user_id, is_active=True).first()
    key = live_key(claim.user_id) if user else None
    if key is not None and not directory.is_stated(key):
        key = None
    case = _case_of(claim)
    refusal = _refusal(claim, case, key, answers)
    row_id = uuid.uuid4()
    keys = [] if refusal else sealing.new_file_keys(row_id, 1)
    gone: list[UUID] = []
    with transaction.atomic(durable=True):
        if key is not None and not refusal:
            gone = forget_shown(claim)
            _store(row_id, claim, answers, key, keys[0])
        record(
            origin,
            Event.TEXT_KEPT,
            outcome=Outcome.REFUSED if refusal else Outcome.DONE,
            reason=refusal,
            case_ref=case.log_ref if case and not refusal else None,
            object_ref=claim.object_id,
            recipients=[user.log_ref] if user else [],
            refs=[] if refusal else [row_id],
        )
    erase_kept(gone)
    if refusal:
        raise NotKept


def discard_kept(*, actor: Actor, claim: FormClaim) -> None:
    """Delete what stood in the own form, and its keys."""
    with transaction.atomic(durable=True):
        gone = forget_shown(claim) if claim.user_id == actor.user_id else []
        for row_id in gone:
            record(actor.origin, Event.DRAFT_DELETED, reason="kept_text", object_ref=row_id)
        if not gone:
            record(
                actor.origin,
                Event.DRAFT_DELETED,
                outcome=Outcome.REFUSED,
                reason="nothing_kept",
                object_ref=claim.object_id,
            )
    erase_kept(gone)


def forget_shown(claim: FormClaim | None) -> list[UUID]:
    """Delete the kept texts that stood in a form, as part of an act; their keys go after it."""
    if claim is None:
        return []
    rows = KeptText.objects.filter(
        pk__in=claim.shown, author_id=claim.user_id, form=claim.form, object_id=claim.object_id
    )
    ids = list(rows.values_list("pk", flat=True))
    KeptText.objects.filter(pk__in=ids).delete()
    return ids


def erase_kept(ids: Iterable[UUID]) -> None:
    """Forget the keys of deleted rows, once the deletion is committed."""
    for row_id in ids:
        sealing.erase_file(row_id)


def drop_expired_texts(*, actor: Actor) -> None:
    """Delete the own kept texts that nobody fetched for 30 days, and their keys."""
    oldest = timezone.now() - timedelta(days=DRAFT_DAYS)
    with transaction.atomic(durable=True):
        expired = KeptText.objects.filter(author_id=actor.user_id, kept_at__lte=oldest)
        ids = list(expired.values_list("pk", flat=True))
        expired.delete()
        for row_id in ids:
            record(actor.origin, Event.DRAFT_DELETED, reason="expired", object_ref=row_id)
    erase_kept(ids)


def address_of(form: str, object_id: UUID, row_id: UUID) -> Address:
    """The form and its object are bound, so a text never appears on another page."""
    return Address(Place.KEPT, f"{form}/{object_id.hex}", row_id)


def _case_of(claim: FormClaim) -> Case | None:
    if claim.form not in _FORMS:
        return None
    about, _kind = _FORMS[claim.form]
    return Case.objects.filter(**{about: claim.object_id}).first()


def _refusal(
    claim: FormClaim, case: Case | None, key: MemberKey | None, answers: Mapping[str, Any]
) -> str:
    """The code of why nothing is kept, or an empty text."""
    if case is None or key is None or not _may_send(claim, case):
        return "no_right"
    if not answers.get("text"):
        return "nothing_typed"
    if Item.objects.filter(pk=claim.item_id).exists():
        return "already_sent"
    kept = KeptText.objects.filter(
        author_id=claim.user_id, form=claim.form, object_id=claim.object_id
    )
    return "too_many" if kept.count() >= MOST_KEPT else ""


def _may_send(claim: FormClaim, case: Case) -> bool:
    _about, kind = _FORMS[claim.form]
    holders = access.holders_on([case.pk])
    return any(each.user_id == claim.user_id and each.kind is kind for each in holders)


def _store(
    row_id: UUID, claim: FormClaim, answers: Mapping[str, Any], key: MemberKey, data_key: DataKey
) -> None:
    now = timezone.now()
    body = {
        "answers": dict(answers),
        "item": claim.item_id.hex,
        "shown": [each.hex for each in claim.shown],
    }
    blob, _digest = sealing.seal(
        body,
        at=now,
        address=address_of(claim.form, claim.object_id, row_id),
        key=data_key,
        signer=None,
    )
    KeptText.objects.create(
        id=row_id,
        author_id=claim.user_id,
        form=claim.form,
        object_id=claim.object_id,
        member_key=key,
        kid32=data_key.kid32,
        wrap=sealing.wrap_to(
            data_key.root,
            to=Recipient(key.id, bytes(key.kem_public)),
            purpose=Purpose.KEPT,
            row_id=row_id,
        ),
        blob=blob,
        kept_at=now,
    )
