"""People go: sessions and wraps end at once, without anybody's key; rings wait for a new epoch."""

from datetime import date

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import MissingKey
from accounts.keys import directory
from accounts.keys.sessions import lock_everywhere
from accounts.keys.statements import StatementKind
from accounts.models import (
    Agency,
    BrowserSession,
    KeyNotice,
    KeySlot,
    MemberKey,
    Membership,
    Ring,
    RingWrap,
    User,
)
from accounts.models.people import NoticeKind
from accounts.queries import live_key, live_memberships
from accounts.roles import DESK_ROLES
from accounts.services.history import changed_by
from audit.events import Event
from audit.record import Origin, record


def end_sessions(*, origin: Origin, user: User) -> None:
    """End every session of a person at once, in all browsers; part of a larger act."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    lock_everywhere(user)
    BrowserSession.objects.filter(user=user).delete()
    record(origin, Event.SESSION_ENDED, recipients=[user.log_ref])


def end_membership(*, origin: Origin, membership: Membership, reason: str) -> None:
    """End a hat now: sessions end, the agency's wraps go, its rings wait for their next epoch."""
    with transaction.atomic(), changed_by(origin):
        membership.ended_at = timezone.now()
        membership.save(update_fields=["ended_at"])
        drop_wraps(membership)
        end_sessions(origin=origin, user=membership.user)
        record(
            origin,
            Event.MEMBERSHIP_ENDED,
            reason=reason,
            object_ref=membership.id,
            recipients=[membership.user.log_ref],
        )


def lapsed_memberships(today: date) -> list[Membership]:
    """Hats whose last day has passed and that nobody has ended yet."""
    rows = Membership.objects.select_related("user", "agency")
    return list(rows.filter(ends_on__lt=today, ended_at__isnull=True).order_by("ends_on", "id"))


def drop_wraps(membership: Membership) -> None:
    """Delete a leaver's wraps of the agency's rings and mark the rings for a new epoch.

    They stay for another hat of the same desk only if somebody let that one in.
    """
    others = live_memberships().filter(
        user_id=membership.user_id,
        agency_id=membership.agency_id,
        role__in=DESK_ROLES,
        admitted_at__isnull=False,
    )
    if others.exclude(pk=membership.pk).exists():
        return
    own = RingWrap.objects.filter(member_key__user_id=membership.user_id)
    _drop(own.filter(epoch__ring__agency_id=membership.agency_id))


def deactivate_person(*, origin: Origin, user: User) -> None:
    """Suspend a person: every hat rests, every session ends, every ring's wrap goes at once."""
    with transaction.atomic(), changed_by(origin):
        user.is_active = False
        user.save(update_fields=["is_active"])
        _take_back_admissions(user)
        end_sessions(origin=origin, user=user)
        record(origin, Event.MEMBER_DEACTIVATED, recipients=[user.log_ref])


def reactivate_person(*, origin: Origin, user: User) -> None:
    """End a suspension: the person may sign in, and waits to be let in as a newcomer does."""
    with transaction.atomic(), changed_by(origin):
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(origin, Event.MEMBER_REACTIVATED, recipients=[user.log_ref])


def retire_key(*, actor: Actor, user: User) -> None:
    """A lost pass phrase: the old key is stated to count no more, and all it opened is closed.

    What was sealed to it alone stays closed for ever; the person joins again with new keys.
    Raises MissingKey for somebody without a key. Part of a larger act that decides who may.
    """
    key = live_key(user.pk)
    if key is None:
        raise MissingKey(user.name)
    now = timezone.now()
    directory.append(
        StatementKind.KEY_RETIRED,
        key.id,
        {"member_key": key.id.hex, "user": user.id.hex, "at": now.isoformat()},
        by=actor.keys,
        origin=actor.origin,
    )
    MemberKey.objects.filter(pk=key.pk).update(retired_at=now)
    KeySlot.objects.filter(user=user).delete()
    with changed_by(actor.origin):
        _take_back_admissions(user)
    end_sessions(origin=actor.origin, user=user)
    tell_agencies(user, NoticeKind.KEY_REPLACED)
    record(actor.origin, Event.KEY_MEMBER_RETIRED, object_ref=key.id, recipients=[user.log_ref])


def tell_agencies(user: User, kind: NoticeKind) -> None:
    """Show everybody at a person's agencies that something unusual happened to their keys."""
    agencies = live_memberships().filter(user=user).values_list("agency_id", flat=True)
    KeyNotice.objects.bulk_create(
        KeyNotice(agency_id=agency_id, about=user, kind=kind) for agency_id in set(agencies)
    )


def close_agency(*, origin: Origin, agency: Agency) -> None:
    """An agency leaves: every hat there ends, nothing new is sealed to it."""
    with transaction.atomic(), changed_by(origin):
        for membership in Membership.objects.select_related("user").filter(
            agency=agency, ended_at__isnull=True
        ):
            end_membership(origin=origin, membership=membership, reason="agency_left")
        agency.left_at = timezone.now()
        agency.save(update_fields=["left_at"])
        record(origin, Event.AGENCY_LEFT, object_ref=agency.id)


def _take_back_admissions(user: User) -> None:
    """Delete every ring's wrap of a person; whoever comes back is let in anew."""
    _drop(RingWrap.objects.filter(member_key__user=user))
    for membership in Membership.objects.filter(
        user=user, ended_at__isnull=True, admitted_at__isnull=False
    ):
        membership.admitted_at = None
        membership.save(update_fields=["admitted_at"])


def _drop(wraps: QuerySet[RingWrap]) -> None:
    """In two statements, however many there are: rings are marked first, while they are found."""
    rings = Ring.objects.filter(pk__in=wraps.values("epoch__ring_id"))
    rings.update(stale_since=timezone.now())
    wraps.delete()
