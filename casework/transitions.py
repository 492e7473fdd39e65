"""Which step may follow which: two tables and one pure function."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from casework.choices import SCREENING_OUTCOMES, CaseState, ReferralState
from casework.errors import InvalidTransition

R = ReferralState


class Step(StrEnum):
    """What moves a referral."""

    FORWARD = "forward"
    NOT_PURSUE = "not_pursue"
    SEND_PAST_LEAD = "send_past_lead"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    RESUBMIT = "resubmit"
    ROUTE_URGENT = "route_urgent"
    WITHDRAW = "withdraw"
    DECIDE = "decide"


REFERRAL_MOVES: Mapping[tuple[ReferralState, Step], ReferralState] = MappingProxyType(
    {
        (R.AGENCY_CHECK, Step.FORWARD): R.SUBMITTED,
        (R.AGENCY_CHECK, Step.NOT_PURSUE): R.NOT_PURSUED,
        (R.AGENCY_CHECK, Step.SEND_PAST_LEAD): R.SUBMITTED,
        (R.AGENCY_CHECK, Step.WITHDRAW): R.WITHDRAWN,
        (R.NOT_PURSUED, Step.SEND_PAST_LEAD): R.SUBMITTED,
        (R.NOT_PURSUED, Step.WITHDRAW): R.WITHDRAWN,
        (R.SUBMITTED, Step.ACKNOWLEDGE): R.SCREENING,
        (R.SUBMITTED, Step.RETURN): R.RETURNED,
        (R.SUBMITTED, Step.ROUTE_URGENT): R.URGENT_ROUTED,
        (R.SUBMITTED, Step.WITHDRAW): R.WITHDRAWN,
        (R.URGENT_ROUTED, Step.ACKNOWLEDGE): R.SCREENING,
        (R.RETURNED, Step.RESUBMIT): R.SUBMITTED,
        (R.RETURNED, Step.WITHDRAW): R.WITHDRAWN,
        (R.SCREENING, Step.ROUTE_URGENT): R.SCREENING,
        (R.SCREENING, Step.DECIDE): R.SCREENED,
    }
)

# While one of these runs, the author may add what happened since and write with the desk.
OPEN_TO_AUTHOR = frozenset(
    {R.AGENCY_CHECK, R.NOT_PURSUED, R.SUBMITTED, R.RETURNED, R.URGENT_ROUTED, R.SCREENING}
)
# Sealed to the desk's ring still: nobody there has acted yet.
WAITING_AT_DESK = frozenset({R.AGENCY_CHECK, R.SUBMITTED, R.RETURNED, R.URGENT_ROUTED})
CASE_OUTCOMES = frozenset(SCREENING_OUTCOMES)


def after(state: str, step: Step) -> ReferralState:
    """The state that follows. Raises InvalidTransition when the referral has moved on."""
    try:
        return REFERRAL_MOVES[(ReferralState(state), step)]
    except KeyError as error:
        raise InvalidTransition(state) from error


def state_at(state: str, opens_at: datetime, now: datetime) -> ReferralState:
    """The state as the rule makes it: an agency check that ran out is open at the desk."""
    if state == ReferralState.AGENCY_CHECK and opens_at <= now:
        return ReferralState.SUBMITTED
    return ReferralState(state)


def may(state: str, step: Step) -> bool:
    """Whether a step is possible now; screens offer only those."""
    return (ReferralState(state), step) in REFERRAL_MOVES


def outcome_after_screening(outcome: CaseState) -> CaseState:
    """The case's state after screening; anything that is no outcome refuses."""
    if outcome not in CASE_OUTCOMES:
        raise InvalidTransition(outcome)
    return outcome
