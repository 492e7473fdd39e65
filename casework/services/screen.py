"""Screening by two agencies: the second sees the concern and not the name, until the decision."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory
from accounts.models import Membership
from accounts.queries import live_key, live_memberships, the_partnership
from accounts.roles import Role
from audit.events import Event
from audit.record import record
from casework import access
from casework.access_matrix import Act
from casework.choices import (
    AgeBand,
    CaseRoleKind,
    CaseState,
    Compartment,
    DisclosurePurpose,
    FeedbackAnswer,
    ReferralState,
    RoleEnd,
    ScreeningReason,
)
from casework.errors import AccessDenied, ScreenersDisagree, SealForged
from casework.models import Disclosure, Item, Referral, Screening, ScreeningView
from casework.retention_clocks import erase_due_on
from casework.services.acting import (
    MOVED_ON,
    Found,
    find_for,
    raise_refusal,
    record_refusal,
    record_unlock,
)
from casework.services.desk_clock import give_role
from casework.services.ending import end_case_roles, end_shares
from casework.services.open_item import report_forged
from casework.services.recipients import Reader, person_reader
from casework.services.storing import Going, share_item
from casework.services.unsealing import OpenedItem, unseal_items
from casework.signed_codes import genuine_view, sign_decision, sign_view
from casework.transitions import Step, outcome_after_screening
from casework.working_days import SCREENING_DAYS, Desk

CANNOT_SCREEN = "cannot_screen"
_ENDED_PURPOSES = (
    DisclosurePurpose.AUTHOR,
    DisclosurePurpose.AGENCY_CHECK,
    DisclosurePurpose.SCREENING,
)


@dataclass(frozen=True, slots=True)
class View:
    """What one agency thinks should follow."""

    outcome: CaseState
    reason: ScreeningReason


def second_screeners(referral: Referral) -> list[Membership]:
    """Leads of other agencies who may be asked: admitted, with keys, not barred."""
    office_id = the_partnership().coordination_office_id
    at_desk = {role.user_id for role in access.holders_of(referral.case, CaseRoleKind.INTAKE)}
    rows = (
        live_memberships()
        .filter(role=Role.AGENCY_LEAD, admitted_at__isnull=False)
        .exclude(agency_id__in=[office_id, referral.agency_id])
        .order_by("agency__name", "user__name")
    )
    return [
        row
        for row in rows
        if row.user_id not in at_desk
        and not access.is_barred(referral.case, row.user_id)
        and live_key(row.user_id) is not None
    ]


def ask_second(*, actor: Actor, referral_id: UUID, membership_id: UUID) -> None:
    """Ask a lead of another agency: keys for the concern, by name, until the decision."""
    with transaction.atomic(durable=True):
        found, hat = _find_second(actor, referral_id, membership_id)
        items = _concern(actor, found)
        event_id = (
            record_refusal(actor, Event.SCREENING_REQUESTED, found)
            if found.refusal
            else record_unlock(actor, Act.ASK_SECOND, found, [item.pk for item in items])
        )
    raise_refusal(found)
    opened = unseal_items(actor, items, event_id=event_id)
    report_forged(actor, found.referral.case, opened)
    with transaction.atomic(durable=True):
        found, hat = _find_second(actor, referral_id, membership_id)
        if found.refusal or hat is None:
            record_refusal(actor, Event.SCREENING_REQUESTED, found)
        else:
            _let_screen(actor, found.referral, hat, list(zip(items, opened, strict=True)))
    raise_refusal(found)


def give_view(*, actor: Actor, referral_id: UUID, view: View) -> None:
    """The own agency's view, as codes; it may be changed until the decision."""
    with transaction.atomic(durable=True):
        found = _find_open(actor, Act.GIVE_VIEW, referral_id)
        screening = Screening.objects.filter(case_id=found.referral.case_id).first()
        if found.refusal or screening is None:
            record_refusal(actor, Event.SCREENING_VOTED, found)
        else:
            _put_view(actor, screening, view)
            _record(actor, Event.SCREENING_VOTED, found.referral, view.reason, view.outcome)
    raise_refusal(found)
    if screening is None:
        raise AccessDenied("not_asked")


def decide(*, actor: Actor, referral_id: UUID, answer: FeedbackAnswer) -> None:
    """Close the screening with what both agencies think; the author gets one of three answers.

    Raises ScreenersDisagree until two agencies have given the same outcome, and SealForged for a
    view that nobody at its agency signed.
    """
    with transaction.atomic(durable=True):
        found = find_for(actor, Act.DECIDE, referral_id, Step.DECIDE)
        views = _views(found)
        forged = _forged(actor, views)
        agreed = _agreed(views) if not forged else None
        why_not = found.refusal or ("seal_or_signature" if forged else "views_differ")
        if agreed is None or found.refusal:
            refused = Found(found.referral, found.state, why_not)
            record_refusal(actor, Event.SCREENING_DECIDED, refused)
        else:
            _close(actor, found, agreed, answer)
    raise_refusal(found)
    if forged:
        raise SealForged
    if agreed is None:
        raise ScreenersDisagree


def _find_open(actor: Actor, act: Act, referral_id: UUID) -> Found:
    """A referral whose screening runs."""
    found = find_for(actor, act, referral_id)
    if not found.refusal and found.state != ReferralState.SCREENING:
        return Found(found.referral, found.state, MOVED_ON)
    return found


def _find_second(
    actor: Actor, referral_id: UUID, membership_id: UUID
) -> tuple[Found, Membership | None]:
    found = _find_open(actor, Act.ASK_SECOND, referral_id)
    if found.refusal:
        return found, None
    if Screening.objects.filter(case_id=found.referral.case_id).exists():
        return Found(found.referral, found.state, MOVED_ON), None
    rows = {row.pk: row for row in second_screeners(found.referral)}
    if membership_id not in rows:
        return Found(found.referral, found.state, CANNOT_SCREEN), None
    return found, rows[membership_id]


def _concern(actor: Actor, found: Found) -> list[Item]:
    if found.refusal:
        return []
    return list(
        access.readable(actor)
        .select_related("case")
        .filter(case_id=found.referral.case_id, compartment=Compartment.C2)
        .order_by("created_at", "id")
    )


def _let_screen(
    actor: Actor, referral: Referral, hat: Membership, texts: list[tuple[Item, OpenedItem]]
) -> None:
    now = timezone.now()
    due = Desk.of(the_partnership()).after_working_days(now, SCREENING_DAYS)
    Screening.objects.create(
        case=referral.case, second_hat=hat, asked_at=now, due_on=timezone.localdate(due)
    )
    give_role(actor, referral.case, hat, CaseRoleKind.SCREENER, now)
    reader: Reader = person_reader(hat, by=actor)
    for item, text in texts:
        if text.root:
            share_item(
                item,
                text.root,
                [Going(reader, DisclosurePurpose.SCREENING)],
                at=now,
                signer=actor.keys,
            )
    record(
        actor.origin,
        Event.SCREENING_REQUESTED,
        purpose=DisclosurePurpose.SCREENING,
        case_ref=referral.case.log_ref,
        object_ref=referral.pk,
        recipients=[hat.user.log_ref],
        refs=[item.pk for item, _text in texts],
    )


def _put_view(actor: Actor, screening: Screening, view: View) -> None:
    """The agency's view, over the one it gave before, signed by whoever gives it."""
    own = {"screening": screening, "agency_id": actor.hat.agency_id}
    row = ScreeningView.objects.filter(**own).first() or ScreeningView(**own)
    row.outcome = outcome_after_screening(view.outcome)
    row.reason = view.reason
    row.given_at = timezone.now()
    sign_view(row, screening, actor.keys)
    row.save()


def _views(found: Found) -> list[ScreeningView]:
    if found.refusal:
        return []
    rows = ScreeningView.objects.select_related("screening")
    return list(rows.filter(screening__case_id=found.referral.case_id))


def _forged(actor: Actor, views: list[ScreeningView]) -> bool:
    """Whether a view is not by somebody of its agency: nothing is decided on it."""
    stated = directory.verified(actor.keys.pin)
    return not all(genuine_view(view, view.screening, stated) for view in views)


def _agreed(views: list[ScreeningView]) -> ScreeningView | None:
    """The view that two agencies share, or None."""
    both_agree = len(views) > 1 and len({view.outcome for view in views}) == 1
    return views[0] if both_agree else None


def _close(actor: Actor, found: Found, agreed: ScreeningView, answer: FeedbackAnswer) -> None:
    referral = found.referral
    case = referral.case
    now = timezone.now()
    referral.state = found.state
    referral.feedback = answer
    referral.feedback_at = now
    referral.save(update_fields=["state", "feedback", "feedback_at"])
    case.state = outcome_after_screening(CaseState(agreed.outcome))
    case.decided_at = now
    case.erase_due_on = erase_due_on(case.state, AgeBand(case.age_band), timezone.localdate(now))
    case.save(update_fields=["state", "decided_at", "erase_due_on"])
    screening = agreed.screening
    screening.decided_at = now
    screening.outcome, screening.reason = case.state, agreed.reason
    sign_decision(screening, referral, actor.keys)
    screening.save()
    ending = Disclosure.objects.filter(case=case, purpose__in=_ENDED_PURPOSES)
    end_shares(actor.origin, case, ending, RoleEnd.SCREENING_DECIDED)
    for kind in (CaseRoleKind.SCREENER, CaseRoleKind.CHECKER):
        end_case_roles(actor.origin, case, kind, RoleEnd.SCREENING_DECIDED)
    _record(actor, Event.SCREENING_DECIDED, referral, agreed.reason, agreed.outcome)
    _record(actor, Event.CASE_MOVED, referral, agreed.outcome)
    _record(actor, Event.FEEDBACK_SENT, referral, answer)


def _record(actor: Actor, event: Event, referral: Referral, reason: str, purpose: str = "") -> None:
    record(
        actor.origin,
        event,
        reason=reason,
        purpose=purpose,
        case_ref=referral.case.log_ref,
        object_ref=referral.pk,
    )
