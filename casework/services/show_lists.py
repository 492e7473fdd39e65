"""Shows lists and closed pages: one event names every case that was shown, then rows leave."""

from dataclasses import dataclass, field
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import Colleague, colleague
from accounts.queries.recovery import RecoveryNotice, recovery_notice
from audit.events import Event, Outcome
from audit.record import record
from casework import access
from casework.access_matrix import CASE_ROLE_HATS, Act
from casework.choices import CaseRoleKind, ReferralState
from casework.errors import AccessDenied
from casework.models import Consultation, Item, Referral
from casework.queries.case_page import (
    CasePlace,
    Part,
    ScreeningState,
    case_of_item,
    parts_of,
    place_of,
    possible_acts,
    role_on,
    screening_of,
)
from casework.queries.worklists import (
    AdviceRow,
    DraftRow,
    ReferralRow,
    advice_rows,
    draft_rows,
    most_pressing,
    one_advice_row,
    one_referral_row,
    own_referral_rows,
    referral_count,
    referral_page,
    referral_rows,
)
from casework.services.keep_draft import drop_expired
from casework.services.keep_text import drop_expired_texts
from casework.services.open_item import needs_reason, record_forged
from casework.services.recovery import take_recovered
from casework.services.screen import second_screeners

HOME_ROWS = 10
_SCREENING = frozenset({CaseRoleKind.INTAKE, CaseRoleKind.SCREENER})


@dataclass(frozen=True, slots=True)
class Home:
    """What waits for a person in one hat; of the desk's arrivals the most pressing."""

    drafts: list[DraftRow] = field(default_factory=list)
    own: list[ReferralRow] = field(default_factory=list)
    own_advice: list[AdviceRow] = field(default_factory=list)
    to_check: list[ReferralRow] = field(default_factory=list)
    to_screen: list[ReferralRow] = field(default_factory=list)
    at_desk: list[ReferralRow] = field(default_factory=list)
    open_at_desk: int = 0
    advice_at_desk: list[AdviceRow] = field(default_factory=list)
    to_keep: list[ReferralRow] = field(default_factory=list)
    recovery: RecoveryNotice = field(default_factory=RecoveryNotice)


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the desk's referrals, with the number of all that stand there."""

    rows: list[ReferralRow]
    advice: list[AdviceRow]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class ReferralPage:
    """A referral before anything is opened."""

    row: ReferralRow
    kind: CaseRoleKind
    parts: list[Part]
    acts: frozenset[Act]
    screening: ScreeningState | None
    candidates: list[Colleague]
    item_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class OwnReferral:
    """The own referral as its author sees it: state, answer, what can still be done."""

    row: ReferralRow
    parts: list[Part]
    acts: frozenset[Act]
    item_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """A question for advice before anything is opened."""

    row: AdviceRow
    kind: CaseRoleKind
    parts: list[Part]
    item_ids: tuple[UUID, ...]


def show_home(*, actor: Actor) -> Home:
    """Everything that waits for this hat, as one recorded list."""
    drop_expired(actor=actor)
    drop_expired_texts(actor=actor)
    take_recovered(actor=actor)
    with transaction.atomic(durable=True):
        home = Home(
            drafts=draft_rows(actor),
            own=own_referral_rows(actor),
            own_advice=advice_rows(actor, CaseRoleKind.AUTHOR),
            to_check=referral_rows(actor, CaseRoleKind.CHECKER),
            to_screen=referral_rows(actor, CaseRoleKind.SCREENER),
            at_desk=most_pressing(referral_rows(actor, CaseRoleKind.INTAKE), HOME_ROWS),
            open_at_desk=referral_count(actor, CaseRoleKind.INTAKE),
            advice_at_desk=advice_rows(actor, CaseRoleKind.INTAKE),
            to_keep=referral_rows(actor, CaseRoleKind.CUSTODIAN),
            recovery=recovery_notice(actor.hat.role),
        )
        shown = [*home.own, *home.to_check, *home.to_screen, *home.at_desk, *home.to_keep]
        advice = [*home.own_advice, *home.advice_at_desk]
        refs = {row.case_ref for row in shown} | {row.case_ref for row in advice}
        record(actor.origin, Event.WORKLIST_SHOWN, refs=sorted(refs))
    return home


def show_inbox(*, actor: Actor, offset: int = 0, stage: ReferralState | None = None) -> Inbox:
    """The desk's referrals, one page; without a stage the open ones.

    An offset past the end gives the last page. The record names each case that was shown. Raises
    AccessDenied for a hat that has no desk.
    """
    if actor.hat.role not in CASE_ROLE_HATS[CaseRoleKind.INTAKE]:
        _refuse_list(actor)
    with transaction.atomic(durable=True):
        page = referral_page(actor, CaseRoleKind.INTAKE, offset=offset, stage=stage)
        advice = advice_rows(actor, CaseRoleKind.INTAKE)
        inbox = Inbox(rows=page.rows, advice=advice, total=page.total, offset=page.offset)
        refs = {row.case_ref for row in inbox.rows} | {row.case_ref for row in inbox.advice}
        record(actor.origin, Event.LIST_SHOWN, refs=sorted(refs))
    return inbox


def show_own_list(*, actor: Actor) -> list[ReferralRow]:
    """What became of the own referrals."""
    with transaction.atomic(durable=True):
        rows = own_referral_rows(actor)
        record(actor.origin, Event.LIST_SHOWN, refs=sorted({row.case_ref for row in rows}))
    return rows


def show_referral(*, actor: Actor, referral_id: UUID) -> ReferralPage:
    """A referral for the desk, the lead who checks or the second screener; all parts closed."""
    with transaction.atomic(durable=True):
        referral = Referral.objects.select_related("case").filter(pk=referral_id).first()
        case_id = referral.case_id if referral else referral_id
        decision = access.decide(actor, Act.SEE_CASE, case_id)
        page = _referral_page(actor, referral) if referral and decision.allowed else None
        _record_page(actor, Event.LIST_SHOWN, referral, referral_id, decision)
    if page is None:
        raise AccessDenied(decision.reason)
    return page


def show_own_referral(*, actor: Actor, referral_id: UUID) -> OwnReferral:
    """The author's view: status and answer; the own text only while its key is there."""
    with transaction.atomic(durable=True):
        referral = Referral.objects.select_related("case").filter(pk=referral_id).first()
        case_id = referral.case_id if referral else referral_id
        decision = access.decide(actor, Act.SEE_STATUS, case_id)
        page = _own_page(actor, referral) if referral and decision.allowed else None
        _record_page(actor, Event.REFERRAL_STATUS_READ, referral, referral_id, decision)
        if page and referral and page.row.answer_is_forged:
            record_forged(actor, referral.case, [referral.pk])
    if page is None:
        raise AccessDenied(decision.reason)
    return page


def show_advice(*, actor: Actor, consultation_id: UUID) -> AdvicePage:
    """A question for advice, for its author or the desk; all parts closed."""
    with transaction.atomic(durable=True):
        row = Consultation.objects.select_related("case").filter(pk=consultation_id).first()
        case_id = row.case_id if row else consultation_id
        decision = access.decide(actor, Act.WRITE_MESSAGE, case_id)
        page = _advice_page(actor, row, decision.kind) if row and decision.kind else None
        record(
            actor.origin,
            Event.CONSULTATION_READ,
            outcome=Outcome.DONE if decision.allowed else Outcome.REFUSED,
            reason="" if decision.allowed else decision.reason,
            case_ref=row.case.log_ref if row else None,
            object_ref=consultation_id,
        )
    if page is None:
        raise AccessDenied(decision.reason)
    return page


def _own_page(actor: Actor, referral: Referral) -> OwnReferral:
    row = one_referral_row(actor, referral.pk, CaseRoleKind.AUTHOR)
    items = _readable(actor, referral.case_id)
    return OwnReferral(
        row=row,
        parts=parts_of(items, reason_for=False),
        acts=possible_acts(actor, row),
        item_ids=tuple(item.pk for item in items),
    )


def _advice_page(actor: Actor, row: Consultation, kind: CaseRoleKind) -> AdvicePage:
    items = _readable(actor, row.case_id)
    return AdvicePage(
        row=one_advice_row(row.pk),
        kind=kind,
        parts=parts_of(items, reason_for=False),
        item_ids=tuple(item.pk for item in items),
    )


def find_place(*, actor: Actor, case_id: UUID) -> CasePlace:
    """The way to a case's own page; opens nothing. Raises AccessDenied for a stranger."""
    with transaction.atomic(durable=True):
        place = place_of(actor, case_id)
        record(
            actor.origin,
            Event.LIST_SHOWN,
            outcome=Outcome.DONE if place else Outcome.REFUSED,
            reason="" if place else access.Reason.NO_ROLE,
            case_ref=place.case_ref if place else None,
            object_ref=case_id,
            refs=[place.case_ref] if place else [],
        )
    if place is None:
        raise AccessDenied(access.Reason.NO_ROLE)
    return place


def find_item_place(*, actor: Actor, item_id: UUID) -> CasePlace:
    """The way to the page of the case that holds an item; an unknown id stands for itself."""
    return find_place(actor=actor, case_id=case_of_item(actor, item_id) or item_id)


def _refuse_list(actor: Actor) -> NoReturn:
    with transaction.atomic(durable=True):
        record(actor.origin, Event.LIST_SHOWN, outcome=Outcome.REFUSED, reason="hat_has_no_desk")
    raise AccessDenied("hat_has_no_desk")


def _referral_page(actor: Actor, referral: Referral) -> ReferralPage:
    kind = role_on(actor, referral.case_id)
    if kind is None:
        raise AccessDenied(access.Reason.NO_ROLE)
    row = one_referral_row(actor, referral.pk, kind)
    items = _readable(actor, referral.case_id)
    acts = possible_acts(actor, row)
    may_ask = Act.ASK_SECOND in acts
    candidates: list[Membership] = second_screeners(referral) if may_ask else []
    return ReferralPage(
        row=row,
        kind=kind,
        parts=parts_of(items, reason_for=needs_reason(actor, referral.case, "C1")),
        acts=acts,
        # Who screens with the desk is no business of the lead who checked (domain P-04).
        screening=screening_of(actor, referral.case_id) if kind in _SCREENING else None,
        candidates=[colleague(each) for each in candidates],
        item_ids=tuple(item.pk for item in items),
    )


def _readable(actor: Actor, case_id: UUID) -> list[Item]:
    return list(access.readable_on(actor, case_id).order_by("created_at", "id"))


def _record_page(
    actor: Actor,
    event: Event,
    referral: Referral | None,
    referral_id: UUID,
    decision: access.Decision,
) -> None:
    record(
        actor.origin,
        event,
        outcome=Outcome.DONE if decision.allowed else Outcome.REFUSED,
        reason="" if decision.allowed else decision.reason,
        case_ref=referral.case.log_ref if referral else None,
        object_ref=referral_id,
        refs=[referral.case.log_ref] if referral and decision.allowed else [],
    )
