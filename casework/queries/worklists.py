"""What waits for whom, as rows of codes and clocks; no sealed text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, QuerySet, Window
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory
from accounts.queries import the_partnership
from casework import access
from casework.choices import (
    AgeBand,
    CaseRoleKind,
    CaseState,
    Channel,
    DraftKind,
    FeedbackAnswer,
    ReferralState,
    Urgency,
)
from casework.models import Consultation, Draft, Referral, Screening
from casework.retention_clocks import DRAFT_DAYS
from casework.signed_codes import genuine_decision
from casework.transitions import state_at
from casework.working_days import ACKNOWLEDGE_DAYS, SCREENING_DAYS, Desk

PAGE_SIZE = 50
_OPEN_AT_DESK = (
    ReferralState.AGENCY_CHECK,
    ReferralState.SUBMITTED,
    ReferralState.URGENT_ROUTED,
    ReferralState.RETURNED,
    ReferralState.SCREENING,
)

# An agency check that ran out is at the desk without having been touched (transitions.state_at).
_STORED_AS = {ReferralState.SUBMITTED: (ReferralState.AGENCY_CHECK, ReferralState.SUBMITTED)}


class NextStep(StrEnum):
    """What the reader of a row should do next; screens turn it into a sentence."""

    CHECK = "check"
    ACKNOWLEDGE = "acknowledge"
    ASK_SECOND = "ask_second"
    GIVE_VIEW = "give_view"
    WAIT_FOR_VIEW = "wait_for_view"
    DECIDE = "decide"
    WAIT_FOR_AUTHOR = "wait_for_author"
    READ_RETURN = "read_return"
    READ_NOT_PURSUED = "read_not_pursued"
    NOTHING = "nothing"


_NOT_TOLD_WHO = frozenset({CaseRoleKind.SCREENER, CaseRoleKind.CUSTODIAN})
# What waits for somebody else, or for nobody.
# What a row shows: half of the columns, and lists spend most of their time making rows.
_SHOWN = (
    "reference",
    "state",
    "urgency",
    "channel",
    "submitted_at",
    "opens_at",
    "feedback",
    "returned_reason",
    "not_pursued_reason",
    "case__log_ref",
    "case__state",
    "case__age_band",
    "agency__name",
)
# Somebody may type any number into the address; a database takes no larger one.
_FARTHEST = 2**31
_PRESSING = ("-urgency", "submitted_at", "id")
WAITING = frozenset({NextStep.WAIT_FOR_VIEW, NextStep.WAIT_FOR_AUTHOR, NextStep.NOTHING})


@dataclass(frozen=True, slots=True)
class Clock:
    """Working days left until `due`; negative when late."""

    days_left: int
    due: datetime


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral in a list: reference, stage, age band, next step, clock."""

    id: UUID
    case_id: UUID
    case_ref: UUID
    reference: str
    state: ReferralState
    case_state: CaseState
    age_band: AgeBand
    urgency: Urgency
    channel: Channel
    agency_id: UUID
    agency_name: str
    submitted_at: datetime
    opens_at: datetime
    next_step: NextStep
    clock: Clock | None
    feedback: FeedbackAnswer | None
    answer_is_forged: bool
    returned_reason: str
    not_pursued_reason: str


@dataclass(frozen=True, slots=True)
class RowsPage:
    """One page of a list, how many rows it has in all, and where the page begins."""

    rows: list[ReferralRow]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """One question for advice in a list."""

    id: UUID
    case_id: UUID
    case_ref: UUID
    reference: str
    agency_name: str
    asked_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One own draft: when it was saved, and how long it is kept."""

    id: UUID
    kind: DraftKind
    saved_at: datetime
    last_step: str
    days_left: int


def referral_rows(
    actor: Actor, kind: CaseRoleKind, *, offset: int = 0, stage: ReferralState | None = None
) -> list[ReferralRow]:
    """The referrals on which this hat is something: urgent first, then the oldest; one page.

    Without a stage the open ones.
    """
    found = _in_stage(actor, kind, stage)
    return _rows(_by_id(pk for pk, _total in _ids_with_total(found, offset)), kind, actor)


def referral_page(
    actor: Actor, kind: CaseRoleKind, *, offset: int = 0, stage: ReferralState | None = None
) -> RowsPage:
    """One page of `referral_rows` with the number of all; an offset past the end gives the last."""
    found = _in_stage(actor, kind, stage)
    ids = _ids_with_total(found, min(offset, _FARTHEST))
    if not ids and offset:
        offset = max(0, found.count() - 1) // PAGE_SIZE * PAGE_SIZE
        ids = _ids_with_total(found, offset)
    rows = _rows(_by_id(pk for pk, _total in ids), kind, actor)
    return RowsPage(rows, ids[0][1] if ids else 0, offset)


def most_pressing(rows: Iterable[ReferralRow], most: int) -> list[ReferralRow]:
    """Of these rows those with a clock: urgent first, then by due time; what waits for others last.

    What is overdue is never last, whoever it waits for.
    """
    timed = [(row.clock, row) for row in rows if row.clock]
    timed.sort(
        key=lambda pair: (
            pair[1].next_step in WAITING and pair[0].days_left >= 0,
            pair[1].urgency is not Urgency.URGENT,
            pair[0].due,
        )
    )
    return [row for _clock_of_row, row in timed[:most]]


def own_referral_rows(actor: Actor) -> list[ReferralRow]:
    """What became of the own referrals, newest first."""
    rows = Referral.objects.filter(case__in=access.visible_cases(actor, [CaseRoleKind.AUTHOR]))
    page = rows.select_related("case", "agency").order_by("-submitted_at", "id")[:PAGE_SIZE]
    return _rows(page, CaseRoleKind.AUTHOR, actor)


def one_referral_row(actor: Actor, referral_id: UUID, kind: CaseRoleKind) -> ReferralRow:
    """The row of one referral; the caller has decided already that it may be seen."""
    page = Referral.objects.filter(pk=referral_id).select_related("case", "agency")
    return _rows(page, kind, actor)[0]


def referral_count(actor: Actor, kind: CaseRoleKind, stage: ReferralState | None = None) -> int:
    """How many referrals stand in the list of this hat."""
    return _in_stage(actor, kind, stage).count()


def advice_rows(actor: Actor, kind: CaseRoleKind) -> list[AdviceRow]:
    """Questions for advice: one's own, or those at the desk that have not ended."""
    rows = Consultation.objects.filter(case__in=access.visible_cases(actor, [kind]))
    if kind is CaseRoleKind.INTAKE:
        rows = rows.filter(ended_at=None)
    page = rows.select_related("case", "agency").order_by("-asked_at", "id")[:PAGE_SIZE]
    return [_advice_row(row) for row in page]


def one_advice_row(consultation_id: UUID) -> AdviceRow:
    """The row of one question; the caller has decided already that it may be seen."""
    return _advice_row(
        Consultation.objects.select_related("case", "agency").get(pk=consultation_id)
    )


def draft_rows(actor: Actor) -> list[DraftRow]:
    """The own drafts, last saved first."""
    now = timezone.now()
    oldest = now - timedelta(days=DRAFT_DAYS)
    rows = Draft.objects.filter(
        author_id=actor.user_id, hat_id=actor.hat.membership_id, saved_at__gt=oldest
    )
    return [
        DraftRow(
            id=row.pk,
            kind=DraftKind(row.kind),
            saved_at=row.saved_at,
            last_step=row.last_step,
            days_left=max(0, DRAFT_DAYS - (now - row.saved_at).days),
        )
        for row in rows.only("id", "kind", "saved_at", "last_step").order_by("-saved_at", "id")
    ]


def _in_stage(actor: Actor, kind: CaseRoleKind, stage: ReferralState | None) -> QuerySet[Referral]:
    states = _OPEN_AT_DESK if stage is None else _STORED_AS.get(stage, (stage,))
    return Referral.objects.filter(case__in=access.visible_cases(actor, [kind]), state__in=states)


def _ids_with_total(found: QuerySet[Referral], offset: int) -> list[tuple[UUID, int]]:
    """The ids of one page, each with the number of all.

    Sorting and counting go over ids at once: over whole rows they would read all of every case.
    """
    counted = found.order_by(*_PRESSING).annotate(total=Window(Count("pk")))
    return list(counted.values_list("pk", "total")[offset : offset + PAGE_SIZE])


def _by_id(ids: Iterable[UUID]) -> QuerySet[Referral]:
    page = Referral.objects.filter(pk__in=list(ids)).select_related("case", "agency")
    return page.only(*_SHOWN).order_by(*_PRESSING)


def _advice_row(row: Consultation) -> AdviceRow:
    return AdviceRow(
        id=row.pk,
        case_id=row.case_id,
        case_ref=row.case.log_ref,
        reference=row.reference,
        agency_name=row.agency.name,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )


@dataclass(frozen=True, slots=True)
class _Looking:
    """Who looks at a page of rows, when, and how far the screenings of its cases are."""

    kind: CaseRoleKind
    agency_id: UUID
    desk: Desk
    now: datetime
    # By case: the agencies that gave their view; a case that nobody was asked about is missing.
    views: dict[UUID, set[UUID]]
    # The referrals whose answer verifies.
    genuine: set[UUID]


def _rows(page: Iterable[Referral], kind: CaseRoleKind, actor: Actor) -> list[ReferralRow]:
    found = list(page)
    case_ids = [row.case_id for row in found]
    views: dict[UUID, set[UUID]] = {}
    screenings = Screening.objects.filter(case__in=case_ids)
    given: Iterable[tuple[UUID, UUID | None]] = screenings.values_list(
        "case_id", "views__agency_id"
    )
    for case_id, agency_id in given:
        views.setdefault(case_id, set()).update([agency_id] if agency_id is not None else [])
    looking = _Looking(
        kind=kind,
        agency_id=actor.hat.agency_id,
        desk=Desk.of(the_partnership()),
        now=timezone.now(),
        views=views,
        genuine=_genuine_answers(found, actor),
    )
    return [_row(row, looking) for row in found]


def _genuine_answers(page: list[Referral], actor: Actor) -> set[UUID]:
    """The referrals whose answer a coordinator signed; an answer of anybody else is none."""
    answered = {row.case_id: row for row in page if row.feedback}
    if not answered:
        return set()
    stated = directory.verified(actor.keys.pin)
    return {
        answered[screening.case_id].pk
        for screening in Screening.objects.filter(case__in=answered)
        if genuine_decision(screening, answered[screening.case_id], stated)
    }


def _row(row: Referral, looking: _Looking) -> ReferralRow:
    state = state_at(row.state, row.opens_at, looking.now)
    genuine = row.pk in looking.genuine
    return ReferralRow(
        id=row.pk,
        case_id=row.case_id,
        case_ref=row.case.log_ref,
        reference=row.reference,
        state=state,
        case_state=CaseState(row.case.state),
        age_band=AgeBand(row.case.age_band),
        urgency=Urgency(row.urgency),
        channel=Channel(row.channel),
        agency_id=row.agency_id,
        # Which agency told is protected from a screener and a custodian (domain P-04).
        agency_name="" if looking.kind in _NOT_TOLD_WHO else row.agency.name,
        submitted_at=row.submitted_at,
        opens_at=row.opens_at,
        next_step=_next_step(row, state, looking),
        clock=_clock(row, state, looking),
        feedback=FeedbackAnswer(row.feedback) if row.feedback and genuine else None,
        answer_is_forged=bool(row.feedback) and not genuine,
        returned_reason=row.returned_reason,
        not_pursued_reason=row.not_pursued_reason,
    )


def _next_step(row: Referral, state: ReferralState, looking: _Looking) -> NextStep:
    given = looking.agency_id in looking.views.get(row.case_id, set())
    table = {
        (CaseRoleKind.INTAKE, ReferralState.SUBMITTED): NextStep.ACKNOWLEDGE,
        (CaseRoleKind.INTAKE, ReferralState.URGENT_ROUTED): NextStep.ACKNOWLEDGE,
        (CaseRoleKind.INTAKE, ReferralState.RETURNED): NextStep.WAIT_FOR_AUTHOR,
        (CaseRoleKind.INTAKE, ReferralState.SCREENING): _screening_step(row, looking),
        (CaseRoleKind.AUTHOR, ReferralState.RETURNED): NextStep.READ_RETURN,
        (CaseRoleKind.AUTHOR, ReferralState.NOT_PURSUED): NextStep.READ_NOT_PURSUED,
        (CaseRoleKind.CHECKER, ReferralState.AGENCY_CHECK): NextStep.CHECK,
        (CaseRoleKind.SCREENER, ReferralState.SCREENING): (
            NextStep.WAIT_FOR_VIEW if given else NextStep.GIVE_VIEW
        ),
    }
    return table.get((looking.kind, state), NextStep.NOTHING)


def _screening_step(row: Referral, looking: _Looking) -> NextStep:
    views = looking.views.get(row.case_id, set())
    if row.case_id not in looking.views:
        return NextStep.ASK_SECOND
    if looking.agency_id not in views:
        return NextStep.GIVE_VIEW
    return NextStep.DECIDE if len(views) > 1 else NextStep.WAIT_FOR_VIEW


def _clock(row: Referral, state: ReferralState, looking: _Looking) -> Clock | None:
    desk = looking.desk
    if looking.kind is CaseRoleKind.CUSTODIAN:
        return None
    if state in {ReferralState.SUBMITTED, ReferralState.URGENT_ROUTED}:
        due = desk.after_working_days(row.opens_at, ACKNOWLEDGE_DAYS)
    elif state is ReferralState.SCREENING:
        due = desk.after_working_days(row.opens_at, SCREENING_DAYS)
    elif state is ReferralState.AGENCY_CHECK:
        due = row.opens_at
    else:
        return None
    return Clock(desk.working_days_left(looking.now, due), due)
