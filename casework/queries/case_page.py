"""What the page of one referral shows before anything is opened: parts, acts, screening."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory
from casework import access
from casework.access_matrix import ACTS, Act
from casework.choices import AgeBand, CaseRoleKind, CaseState, Compartment
from casework.models import Case, Consultation, Item, Referral, Screening
from casework.queries.worklists import ReferralRow
from casework.retention_clocks import erase_due_on
from casework.signed_codes import genuine_view
from casework.transitions import OPEN_TO_AUTHOR, Step, may, state_at

# Which step of the referral an act needs; acts that are missing here need none.
_STEP_OF = {
    Act.CHECK: Step.FORWARD,
    Act.SEND_PAST_LEAD: Step.SEND_PAST_LEAD,
    Act.ACKNOWLEDGE: Step.ACKNOWLEDGE,
    Act.RETURN: Step.RETURN,
    Act.ROUTE_URGENT: Step.ROUTE_URGENT,
    Act.RESUBMIT: Step.RESUBMIT,
    Act.WITHDRAW: Step.WITHDRAW,
    Act.ASK_SECOND: Step.DECIDE,
    Act.GIVE_VIEW: Step.DECIDE,
    Act.DECIDE: Step.DECIDE,
}


# As what somebody who is several things on a case sees it first.
_SEEN_AS = (
    CaseRoleKind.INTAKE,
    CaseRoleKind.CHECKER,
    CaseRoleKind.SCREENER,
    CaseRoleKind.CUSTODIAN,
    CaseRoleKind.AUTHOR,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a case that the reader may open: how many entries, never what they say."""

    compartment: Compartment
    entries: int
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One agency's view, shown to the other only when both are given."""

    agency_id: UUID
    agency_name: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScreeningState:
    """Who screens with the desk, until when, and what each thinks.

    `agreed` is the outcome that both views name, or empty; `erase_on` is the day of erasure, before
    the decision as if it fell today; None where the case goes on. `forged` says that a view was
    signed by nobody of its agency: then nothing is agreed.
    """

    second_agency: str
    second_person: str
    due_on: date
    own_view: ViewRow | None
    views: tuple[ViewRow, ...]
    agreed: str
    erase_on: date | None
    forged: bool


@dataclass(frozen=True, slots=True)
class CasePlace:
    """The page on which a reader finds a case, as what, and whether they may write there now."""

    case_ref: UUID
    kind: CaseRoleKind
    reference: str
    referral_id: UUID | None
    consultation_id: UUID | None
    may_write: bool


def parts_of(items: Sequence[Item], *, reason_for: bool) -> list[Part]:
    """Readable items grouped by part, in the order of the parts."""
    counts: dict[Compartment, int] = {}
    for item in items:
        part = Compartment(item.compartment)
        counts[part] = counts.get(part, 0) + 1
    order = list(Compartment)
    return [
        Part(part, counts[part], reason_for and part is Compartment.C1)
        for part in sorted(counts, key=order.index)
    ]


def possible_acts(actor: Actor, row: ReferralRow) -> frozenset[Act]:
    """What this actor may do now: by role (the same rule as the acts ask) and by state."""
    roles = access.roles_on(actor, row.case_id)
    return frozenset(act for act in ACTS if ACTS[act] & roles and _state_allows(act, row))


def screening_of(actor: Actor, case_id: UUID) -> ScreeningState | None:
    """The running or ended screening; another agency's view stays hidden until both are given."""
    screening = (
        Screening.objects.select_related("case", "second_hat__agency", "second_hat__user")
        .filter(case_id=case_id)
        .first()
    )
    if screening is None:
        return None
    rows = list(screening.views.select_related("agency").order_by("given_at"))
    stated = directory.verified(actor.keys.pin)
    forged = not all(genuine_view(view, screening, stated) for view in rows)
    views = tuple(
        ViewRow(view.agency_id, view.agency.name, view.outcome, view.reason) for view in rows
    )
    own = next((view for view in views if view.agency_id == actor.hat.agency_id), None)
    both = views if len(views) > 1 and own is not None else ()
    same = len({view.outcome for view in both}) == 1
    agreed = both[0].outcome if same and not forged else ""
    return ScreeningState(
        second_agency=screening.second_hat.agency.name,
        second_person=screening.second_hat.user.name,
        due_on=screening.due_on,
        own_view=own,
        views=both,
        agreed=agreed,
        erase_on=_erased_on(screening.case, agreed),
        forged=forged,
    )


def role_on(actor: Actor, case_id: UUID) -> CaseRoleKind | None:
    """As what this actor sees a case: the desk before the lead before the second screener."""
    return _first(access.roles_on(actor, case_id) - {CaseRoleKind.AUTHOR})


def place_of(actor: Actor, case_id: UUID) -> CasePlace | None:
    """The case's own page for this actor; None where they have no part in it."""
    return place_with(access.roles_on(actor, case_id), case_id)


def place_with(roles: Collection[CaseRoleKind], case_id: UUID) -> CasePlace | None:
    """The case's own page for somebody with these roles on it."""
    kind = _first(roles)
    if kind is None:
        return None
    writes = not ACTS[Act.WRITE_MESSAGE].isdisjoint(roles)
    referral = (
        Referral.objects.filter(case_id=case_id)
        .select_related("case")
        .only("reference", "state", "opens_at", "case__log_ref")
        .order_by("submitted_at", "id")
        .first()
    )
    if referral is not None:
        return CasePlace(
            case_ref=referral.case.log_ref,
            kind=kind,
            reference=referral.reference,
            referral_id=referral.pk,
            consultation_id=None,
            may_write=writes and _is_open(referral),
        )
    advice = Consultation.objects.select_related("case").get(case_id=case_id)
    return CasePlace(
        case_ref=advice.case.log_ref,
        kind=kind,
        reference=advice.reference,
        referral_id=None,
        consultation_id=advice.pk,
        may_write=writes and advice.ended_at is None,
    )


def case_of_item(actor: Actor, item_id: UUID) -> UUID | None:
    """The case of an item that this actor may read."""
    rows = access.readable(actor).filter(pk=item_id).values_list("case_id", flat=True)
    return rows.first()


def _first(roles: Collection[CaseRoleKind]) -> CaseRoleKind | None:
    return next((kind for kind in _SEEN_AS if kind in roles), None)


def _is_open(referral: Referral) -> bool:
    return state_at(referral.state, referral.opens_at, timezone.now()) in OPEN_TO_AUTHOR


def _erased_on(case: Case, outcome: str) -> date | None:
    """The day that the decision set, or would set today."""
    if case.decided_at:
        return case.erase_due_on
    if not outcome:
        return None
    return erase_due_on(CaseState(outcome), AgeBand(case.age_band), timezone.localdate())


def _state_allows(act: Act, row: ReferralRow) -> bool:
    if act in {Act.ADD, Act.WRITE_MESSAGE}:
        return row.state in OPEN_TO_AUTHOR
    if act is Act.END_CONSULTATION:
        return False
    step = _STEP_OF.get(act)
    return step is None or may(row.state, step)
