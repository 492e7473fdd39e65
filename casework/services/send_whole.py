"""Sends a referral that comes whole, without a draft: once for each key that the client chose."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.actor import Actor
from accounts.models import User
from accounts.roles import SENDING_ROLES
from audit.events import Event, Outcome
from audit.record import record
from casework.errors import AccessDenied
from casework.models import Referral
from casework.services.recovery import require_recovery
from casework.services.send_referral import (
    Sending,
    already_sent,
    plan_sending,
    sent_meanwhile,
    store_referral,
)


def require_sender(*, actor: Actor) -> None:
    """Return for a hat that sends; else record the attempt and raise AccessDenied."""
    if actor.hat.role in SENDING_ROLES:
        return
    with transaction.atomic(durable=True):
        record(
            actor.origin,
            Event.REFERRAL_SUBMITTED,
            outcome=Outcome.REFUSED,
            reason="hat_does_not_send",
        )
    raise AccessDenied("hat_does_not_send")


def send_whole(*, actor: Actor, key: UUID, answers: Mapping[str, Any], sending: Sending) -> UUID:
    """Send checked answers once, however often the same key comes; returns the referral's id.

    Raises AccessDenied, DraftGone (the key was used under another hat), NobodyCanRead, NoCustodian,
    RecoveryNotReady and MissingKey; nothing is stored then.
    """
    require_sender(actor=actor)
    draft_id = _draft_id(actor, key)
    sent = already_sent(actor, draft_id)
    if sent is not None:
        return sent
    require_recovery(actor=actor)
    plan = plan_sending(actor, answers, sending)
    referral = None
    with transaction.atomic(durable=True):
        if _is_first(actor, draft_id):
            referral = store_referral(actor, plan, sending, draft_id)
        else:
            record(
                actor.origin,
                Event.REFERRAL_SUBMITTED,
                outcome=Outcome.REFUSED,
                reason="key_used",
                object_ref=draft_id,
            )
    return sent_meanwhile(actor, draft_id) if referral is None else referral.id


def _draft_id(actor: Actor, key: UUID) -> UUID:
    """The id under which the referral stands as sent; a version 5 UUID, drafts have version 4.

    The person's id is the namespace, so nobody's key meets another person's key or draft.
    """
    return uuid5(actor.user_id, str(key))


def _is_first(actor: Actor, draft_id: UUID) -> bool:
    # The person's row is locked, so that two requests with one key come one after the other.
    User.objects.select_for_update(no_key=True).get(pk=actor.user_id)
    return not Referral.objects.filter(draft_id=draft_id).exists()
