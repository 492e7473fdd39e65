"""The shape of every act on a referral: find, decide and check the step together; say why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from accounts.actor import Actor
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.access_matrix import Act
from casework.choices import CaseRoleKind, ReferralState
from casework.errors import AccessDenied, InvalidTransition
from casework.models import Referral
from casework.transitions import Step, after, state_at

MOVED_ON = "moved_on"


@dataclass(frozen=True, slots=True)
class Found:
    """A referral, locked for this act, and the state that follows; or the code of a refusal."""

    referral: Referral
    state: ReferralState
    refusal: str = ""
    kind: CaseRoleKind | None = None


def find_for(actor: Actor, act: Act, referral_id: UUID, step: Step | None = None) -> Found:
    """Fetch and lock a referral for an act; unknown and forbidden ids run the same statements."""
    referral = (
        Referral.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=referral_id)
        .first()
    )
    decision = access.decide(actor, act, referral.case_id if referral else referral_id)
    if referral is None or not decision.allowed:
        return Found(referral or Referral(pk=referral_id), ReferralState.SUBMITTED, decision.reason)
    state = state_at(referral.state, referral.opens_at, timezone.now())
    if step is None:
        return Found(referral, state, kind=decision.kind)
    try:
        return Found(referral, after(state, step), kind=decision.kind)
    except InvalidTransition:
        return Found(referral, state, MOVED_ON)


def record_refusal(actor: Actor, event: Event, found: Found) -> UUID:
    """Put a refused act into the log, inside the transaction that commits it."""
    known = found.referral.case_id is not None
    return record(
        actor.origin,
        event,
        outcome=Outcome.REFUSED,
        reason=found.refusal,
        case_ref=found.referral.case.log_ref if known else None,
        object_ref=found.referral.pk,
    )


def record_unlock(actor: Actor, act: Act, found: Found, refs: Sequence[UUID] = ()) -> UUID:
    """The record for which the keeper opens its lock before the act itself is done."""
    return record(
        actor.origin,
        Event.FILE_UNLOCKED,
        purpose=act,
        case_ref=found.referral.case.log_ref,
        object_ref=found.referral.pk,
        refs=refs,
    )


def raise_refusal(found: Found) -> None:
    """After the refusal is stored: tell the caller."""
    if found.refusal == MOVED_ON:
        raise InvalidTransition(found.state)
    if found.refusal:
        raise AccessDenied(found.refusal)
