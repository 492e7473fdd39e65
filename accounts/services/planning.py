"""What is planned for a hat: its last day, and leave. Nothing is cut by it before its time."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.models import Leave, Membership
from accounts.queries import unended_memberships
from accounts.services.history import changed_by
from accounts.services.people import may_admit, may_manage
from audit.events import Event, Outcome
from audit.record import record

MAY_NOT_PROLONG = "may_not_prolong"


def set_last_day(*, actor: Actor, membership_id: UUID, last_day: date | None) -> None:
    """Set the last day of a hat, or take it away; on that day it runs still, till midnight.

    A hat that was let in runs longer only by somebody who may let in. Raises NotAllowed, with the
    reason MAY_NOT_PROLONG for that, also for a day that has passed: nothing is cut by a date.
    """
    with transaction.atomic(durable=True):
        membership = unended_memberships().filter(pk=membership_id).first()
        allowed = membership is not None and may_manage(actor, membership)
        fits = membership is not None and _fits(membership, last_day)
        longer = membership is not None and _runs_longer(membership, last_day)
        may = not longer or (membership is not None and may_admit(actor, membership))
        if membership is not None and allowed and fits and may:
            with changed_by(actor.origin):
                membership.ends_on = last_day
                membership.save(update_fields=["ends_on"])
            recipients = [membership.user.log_ref]
            record(
                actor.origin,
                Event.MEMBERSHIP_DATED,
                object_ref=membership_id,
                recipients=recipients,
            )
        else:
            _refuse(actor, Event.MEMBERSHIP_DATED, membership_id)
    if not (allowed and fits):
        raise NotAllowed("may_not_end")
    if not may:
        raise NotAllowed(MAY_NOT_PROLONG)


def plan_leave(*, actor: Actor, membership_id: UUID, first: date, last: date) -> UUID:
    """Note days on which a hat's person is away: the own, or somebody's one looks after."""
    with transaction.atomic(durable=True):
        membership = unended_memberships().filter(pk=membership_id).first()
        allowed = membership is not None and may_plan_leave(actor, membership)
        leave = Leave(membership_id=membership_id, starts_on=first, ends_on=last)
        if membership is not None and allowed:
            leave.save()
            recipients = [membership.user.log_ref]
            record(actor.origin, Event.LEAVE_PLANNED, object_ref=leave.id, recipients=recipients)
        else:
            _refuse(actor, Event.LEAVE_PLANNED, membership_id)
    if not allowed:
        raise NotAllowed("may_not_plan")
    return leave.id


def remove_leave(*, actor: Actor, membership_id: UUID, leave_id: UUID) -> None:
    """Forget planned leave."""
    with transaction.atomic(durable=True):
        rows = Leave.objects.select_related("membership__user")
        leave = rows.filter(pk=leave_id, membership_id=membership_id).first()
        allowed = leave is not None and may_plan_leave(actor, leave.membership)
        if leave is not None and allowed:
            recipients = [leave.membership.user.log_ref]
            leave.delete()
            record(actor.origin, Event.LEAVE_REMOVED, object_ref=leave_id, recipients=recipients)
        else:
            _refuse(actor, Event.LEAVE_REMOVED, leave_id)
    if not allowed:
        raise NotAllowed("may_not_plan")


def may_plan_leave(actor: Actor, membership: Membership) -> bool:
    """Everybody for the hat they wear, and whoever looks after the person."""
    return membership.pk == actor.hat.membership_id or may_manage(actor, membership)


def _fits(membership: Membership, last_day: date | None) -> bool:
    return last_day is None or last_day >= max(timezone.localdate(), membership.starts_on)


def _runs_longer(membership: Membership, last_day: date | None) -> bool:
    if membership.admitted_at is None or membership.ends_on is None:
        return False
    return last_day is None or last_day > membership.ends_on


def _refuse(actor: Actor, event: Event, about: UUID) -> None:
    record(actor.origin, event, outcome=Outcome.REFUSED, reason="not_allowed", object_ref=about)
