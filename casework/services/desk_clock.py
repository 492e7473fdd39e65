"""When the desk's people may read a case: its coordinators first, deputies if nobody answers."""

from datetime import datetime

from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import desk_holders, the_partnership
from audit.events import Event
from audit.record import record
from casework import access
from casework.choices import CaseRoleKind
from casework.errors import NobodyCanRead
from casework.models import Case
from casework.working_days import ACKNOWLEDGE_DAYS, SCREENING_DAYS, Desk


def acknowledge_by(opens_at: datetime) -> datetime:
    """Until when a referral that opens then must be acknowledged."""
    return Desk.of(the_partnership()).after_working_days(opens_at, ACKNOWLEDGE_DAYS)


def screen_by(opens_at: datetime) -> datetime:
    """Until when the screening of a referral that opens then must be decided."""
    return Desk.of(the_partnership()).after_working_days(opens_at, SCREENING_DAYS)


def let_desk_read(actor: Actor, case: Case, opens_at: datetime, *, deputies_at: datetime) -> None:
    """Give the intake desk its case roles, or move their start; barred people get none.

    Deputies begin at `deputies_at`, or with the others when no coordinator may read.
    """
    office_id = the_partnership().coordination_office_id
    if office_id is None:
        raise NobodyCanRead
    desk = [row for row in desk_holders(office_id) if not access.is_barred(case, row.user_id)]
    present = any(row.deputy_of_id is None for row in desk)
    held = {role.hat_id: role for role in access.holders_of(case, CaseRoleKind.INTAKE)}
    for row in desk:
        since = deputies_at if present and row.deputy_of_id is not None else opens_at
        if row.pk in held:
            access.move_start(held[row.pk], since)
        else:
            give_role(actor, case, row, CaseRoleKind.INTAKE, since)


def postpone_deputies(case: Case, until: datetime) -> None:
    """Somebody answered in time: deputies who have not begun stand in from a later deadline."""
    now = timezone.now()
    for role in access.holders_of(case, CaseRoleKind.INTAKE):
        if role.since > now:
            access.move_start(role, until)


def give_role(
    actor: Actor, case: Case, hat: Membership, kind: CaseRoleKind, since: datetime
) -> None:
    """Give one case role, with its record."""
    access.grant(
        case=case, hat=hat, kind=kind, since=since, reason="referral", granted_by=actor.log_ref
    )
    record(
        actor.origin,
        Event.CASE_ROLE_GRANTED,
        reason=kind.value,
        case_ref=case.log_ref,
        recipients=[hat.user.log_ref],
    )
