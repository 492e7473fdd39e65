"""Drafts: begun, opened, saved by steps, kept after a lapse, deleted; sealed to their author."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import KeyFault
from accounts.keys import directory
from accounts.keys.wrapping import Purpose, Recipient
from accounts.models import User
from accounts.queries import live_key
from accounts.roles import SENDING_ROLES
from audit.events import Event, Outcome
from audit.record import Origin, record
from casework import sealing
from casework.choices import DraftKind
from casework.errors import AccessDenied, DraftGone, SealError
from casework.models import Draft, KeptStep
from casework.retention_clocks import DRAFT_DAYS
from casework.sealing import Address, DataKey, Place
from casework.services.form_tokens import FormClaim

ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """An opened draft. Its repr hides the answers."""

    id: UUID
    kind: DraftKind
    saved_at: datetime
    last_step: str
    answers: Mapping[str, Any] = field(repr=False)
    key: DataKey = field(repr=False)
    saves: int
    kept_steps: tuple[str, ...] = ()
    kept_ids: tuple[UUID, ...] = ()


def begin_draft(*, actor: Actor, kind: DraftKind, answers: Mapping[str, Any] | None = None) -> UUID:
    """A new draft, readable by its author alone. Raises AccessDenied for hats that never send."""
    allowed = actor.hat.role in SENDING_ROLES
    draft_id = uuid.uuid4()
    keys = sealing.new_file_keys(draft_id, 1) if allowed else []
    with transaction.atomic(durable=True):
        if allowed:
            now = timezone.now()
            draft = Draft(
                id=draft_id,
                kind=kind,
                author_id=actor.user_id,
                hat_id=actor.hat.membership_id,
                member_key_id=actor.keys.id,
                kid32=keys[0].kid32,
                wrap=_wrap_to_author(keys[0], actor.keys.recipient, draft_id),
                saves=0,
                saved_at=now,
            )
            _put(draft, dict(answers or {}), keys[0], actor, now)
            draft.save(force_insert=True)
        record(
            actor.origin,
            Event.DRAFT_CREATED,
            outcome=Outcome.DONE if allowed else Outcome.REFUSED,
            reason="" if allowed else "hat_does_not_send",
            object_ref=draft_id,
        )
    if not allowed:
        raise AccessDenied("hat_does_not_send")
    return draft_id


def open_draft(*, actor: Actor, draft_id: UUID) -> OpenDraft:
    """The author's own draft with what was kept after a lapse. Raises AccessDenied for others."""
    with transaction.atomic(durable=True):
        draft = Draft.objects.filter(pk=draft_id, author_id=actor.user_id).first()
        kept = list(KeptStep.objects.filter(draft=draft).order_by("kept_at")) if draft else []
        event_id = record(
            actor.origin,
            Event.DRAFT_READ,
            outcome=Outcome.DONE if draft else Outcome.REFUSED,
            reason="" if draft else "not_own_draft",
            object_ref=draft_id,
        )
    if draft is None:
        raise AccessDenied("not_own_draft")
    kids = [bytes(draft.kid32), *(bytes(row.kid32) for row in kept)]
    shares = sealing.keeper_shares(draft.id, kids, event_id=event_id, person=actor.log_ref)
    try:
        key, answers = _unseal(actor, draft, kept, shares)
    except (SealError, KeyFault):
        with transaction.atomic(durable=True):
            record(
                actor.origin,
                Event.ITEM_FORGED,
                outcome=Outcome.REFUSED,
                reason="seal_or_signature",
                refs=[draft.pk, *(row.pk for row in kept)],
            )
        raise
    return OpenDraft(
        id=draft.id,
        kind=DraftKind(draft.kind),
        saved_at=max([draft.saved_at, *(row.kept_at for row in kept)]),
        last_step=draft.last_step,
        answers=answers,
        key=key,
        saves=draft.saves,
        kept_steps=tuple(row.step for row in kept),
        kept_ids=tuple(row.pk for row in kept),
    )


def save_step(*, actor: Actor, draft_id: UUID, step: str, answers: Mapping[str, Any]) -> OpenDraft:
    """Put one step's answers over the old ones and seal all again. Raises DraftGone if sent."""
    saved = None
    while saved is None:
        saved = _save_over(actor, open_draft(actor=actor, draft_id=draft_id), step, answers)
    return saved


def _save_over(
    actor: Actor, opened: OpenDraft, step: str, answers: Mapping[str, Any]
) -> OpenDraft | None:
    """Save over exactly what was opened; None if another tab saved in between, to begin again."""
    merged = {**opened.answers, **answers}
    with transaction.atomic(durable=True):
        draft = (
            Draft.objects.select_for_update().filter(pk=opened.id, author_id=actor.user_id).first()
        )
        if draft is not None and draft.saves != opened.saves:
            return None
        if draft is not None:
            draft.last_step = step
            _put(draft, merged, opened.key, actor, timezone.now())
            draft.save()
            KeptStep.objects.filter(pk__in=opened.kept_ids).delete()
        record(
            actor.origin,
            Event.DRAFT_SAVED,
            outcome=Outcome.DONE if draft else Outcome.REFUSED,
            reason="" if draft else "draft_gone",
            object_ref=opened.id,
        )
    if draft is None:
        raise DraftGone
    return replace(
        opened,
        saved_at=draft.saved_at,
        last_step=step,
        answers=merged,
        saves=draft.saves,
        kept_steps=(),
        kept_ids=(),
    )


def keep_step(*, origin: Origin, claim: FormClaim, answers: Mapping[str, Any]) -> None:
    """Seal a step that came without a session to the public key of the person it belongs to.

    Nobody can read anything by this; only the author, after signing in. Raises DraftGone when the
    draft or the person's key is gone.
    """
    user = User.objects.filter(pk=claim.user_id, is_active=True).first()
    key = live_key(claim.user_id) if user else None
    row_id = uuid.uuid4()
    with transaction.atomic(durable=True):
        found = Draft.objects.filter(pk=claim.object_id, author_id=claim.user_id).exists()
        usable = found and user is not None and key is not None and directory.is_stated(key)
        event_id = record(
            origin,
            Event.DRAFT_KEPT,
            outcome=Outcome.DONE if usable else Outcome.REFUSED,
            reason="" if usable else "draft_gone",
            object_ref=claim.object_id,
            recipients=[user.log_ref] if user else [],
        )
    if not usable or user is None or key is None:
        raise DraftGone
    (data_key,) = sealing.more_file_keys(claim.object_id, 1, event_id=event_id, person=origin.actor)
    now = timezone.now()
    blob, _digest = sealing.seal(
        dict(answers),
        at=now,
        address=Address(Place.KEPT, claim.form, row_id),
        key=data_key,
        signer=None,
    )
    recipient = Recipient(key.id, bytes(key.kem_public))
    KeptStep.objects.create(
        id=row_id,
        draft_id=claim.object_id,
        step=claim.form,
        member_key=key,
        kid32=data_key.kid32,
        wrap=sealing.wrap_to(data_key.root, to=recipient, purpose=Purpose.KEPT, row_id=row_id),
        blob=blob,
        kept_at=now,
    )


def delete_draft(*, actor: Actor, draft_id: UUID) -> None:
    """Delete the own draft and its key; nothing of it opens again."""
    with transaction.atomic(durable=True):
        deleted, _each = Draft.objects.filter(pk=draft_id, author_id=actor.user_id).delete()
        record(
            actor.origin,
            Event.DRAFT_DELETED,
            outcome=Outcome.DONE if deleted else Outcome.REFUSED,
            reason="" if deleted else "not_own_draft",
            object_ref=draft_id,
        )
    if not deleted:
        raise AccessDenied("not_own_draft")
    sealing.erase_file(draft_id)


def drop_expired(*, actor: Actor) -> None:
    """Delete the own drafts that nobody touched for 30 days, and their keys."""
    oldest = timezone.now() - timedelta(days=DRAFT_DAYS)
    with transaction.atomic(durable=True):
        expired = Draft.objects.filter(author_id=actor.user_id, saved_at__lte=oldest)
        ids = list(expired.values_list("pk", flat=True))
        expired.delete()
        for draft_id in ids:
            record(actor.origin, Event.DRAFT_DELETED, reason="expired", object_ref=draft_id)
    for draft_id in ids:
        sealing.erase_file(draft_id)


def _put(draft: Draft, answers: dict[str, Any], key: DataKey, actor: Actor, now: datetime) -> None:
    draft.saves += 1
    draft.saved_at = now
    draft.blob, _digest = sealing.seal(
        answers, at=now, address=_address(draft), key=key, signer=actor.keys
    )


def _address(draft: Draft) -> Address:
    return Address(Place.DRAFT, ANSWERS, draft.id, draft.saves)


def _unseal(
    actor: Actor, draft: Draft, kept: Sequence[KeptStep], shares: Sequence[bytes]
) -> tuple[DataKey, dict[str, Any]]:
    """The draft's key and all answers; what was kept after a lapse is newer."""
    key = DataKey(_root(draft, Purpose.DRAFT, draft.id, actor), bytes(draft.kid32), shares[0])
    answers = dict(_open(bytes(draft.blob), _address(draft), key))
    for row, share in zip(kept, shares[1:], strict=True):
        kept_key = DataKey(_root(row, Purpose.KEPT, row.id, actor), bytes(row.kid32), share)
        answers |= _open(bytes(row.blob), Address(Place.KEPT, row.step, row.id), kept_key)
    return key, answers


def _open(blob: bytes, address: Address, key: DataKey) -> dict[str, Any]:
    return sealing.unseal(
        blob, address=address, root=key.root, kid32=key.kid32, share=key.share
    ).body


def _root(row: Draft | KeptStep, purpose: Purpose, row_id: UUID, actor: Actor) -> bytes:
    return sealing.unwrap_root(
        bytes(row.wrap),
        private=actor.keys.private,
        recipient_id=actor.keys.id,
        purpose=purpose,
        row_id=row_id,
        kid32=bytes(row.kid32),
    )


def _wrap_to_author(key: DataKey, author: Recipient, draft_id: UUID) -> bytes:
    return sealing.wrap_to(key.root, to=author, purpose=Purpose.DRAFT, row_id=draft_id)
