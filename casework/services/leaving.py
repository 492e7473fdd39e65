"""Somebody goes or loses their keys: hats, case roles and keys by name end in one act.

What was read stays read: the pages say so. Nothing here opens a key, so a lead who is on the
telephone or an administrator can do it at once; rings get their new epochs from those who stay.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.models import Membership, User
from accounts.queries import live_key, live_memberships
from accounts.services.leaving import (
    deactivate_person,
    end_membership,
    lapsed_memberships,
    reactivate_person,
    retire_key,
)
from accounts.services.people import invite, may_admit, may_manage
from audit.events import Event, Outcome
from audit.record import Origin, record
from casework import access, sealing
from casework.choices import RoleEnd
from casework.errors import AccessDenied
from casework.models import Case, Draft, Share
from casework.services.ending import end_shares

# Ended keys by name go in pieces, so that nobody waits long for the database.
_CASES_AT_ONCE = 200


def end_hat(*, actor: Actor, membership_id: UUID) -> None:
    """End a hat now, with its case roles and the keys by name that it brought."""
    with transaction.atomic(durable=True):
        membership = _running(membership_id)
        allowed = membership is not None and may_manage(actor, membership)
        if allowed and membership is not None:
            end_membership(origin=actor.origin, membership=membership, reason="left")
            _end_roles(actor.origin, membership)
        else:
            _refuse(actor, Event.MEMBERSHIP_ENDED, membership_id)
    if not allowed or membership is None:
        raise AccessDenied("may_not_end")
    _end_keys_by_name(actor.origin, membership)


def end_lapsed_hats(*, origin: Origin) -> int:
    """End the hats whose last day has passed; they opened nothing since. How many there were."""
    rows = lapsed_memberships(timezone.localdate())
    for membership in rows:
        with transaction.atomic(durable=True):
            end_membership(origin=origin, membership=membership, reason="end_date")
            _end_roles(origin, membership)
        _end_keys_by_name(origin, membership)
    return len(rows)


def suspend(*, actor: Actor, user_id: UUID) -> None:
    """Close somebody's account at once, whatever agency they act for."""
    with transaction.atomic(durable=True):
        user = _managed(actor, user_id)
        if user is None:
            _refuse(actor, Event.MEMBER_DEACTIVATED, user_id)
        else:
            deactivate_person(origin=actor.origin, user=user)
            _drop_keys_by_name(user)
    if user is None:
        raise AccessDenied("may_not_suspend")


def end_suspension(*, actor: Actor, user_id: UUID) -> None:
    """Let somebody sign in again; they wait to be let in, and others send again what they had."""
    with transaction.atomic(durable=True):
        user = _managed(actor, user_id)
        if user is None:
            _refuse(actor, Event.MEMBER_REACTIVATED, user_id)
        else:
            reactivate_person(origin=actor.origin, user=user)
    if user is None:
        raise AccessDenied("may_not_suspend")


def replace_lost_key(*, actor: Actor, user_id: UUID) -> str:
    """A pass phrase is lost and the person proved who they are: the old key ends, a link begins.

    Gives the joining token. Own drafts are lost; what others sent can be sent again.
    """
    with transaction.atomic(durable=True):
        user = _admitted_by(actor, user_id)
        if user is None:
            _refuse(actor, Event.KEY_MEMBER_RETIRED, user_id)
            token, drafts = "", []
        else:
            retire_key(actor=actor, user=user)
            _drop_keys_by_name(user)
            token, drafts = invite(origin=actor.origin, user=user), _delete_drafts(actor, user)
    if not token:
        raise AccessDenied("may_not_replace")
    for draft_id in drafts:
        sealing.erase_file(draft_id)
    return token


def _running(membership_id: UUID) -> Membership | None:
    rows = Membership.objects.select_related("user", "agency")
    return rows.filter(pk=membership_id, ended_at__isnull=True).first()


def _managed(actor: Actor, user_id: UUID) -> User | None:
    """A person all of whose running hats this actor may end; a suspended one has none running."""
    rows = Membership.objects.select_related("user", "agency").filter(
        user_id=user_id, ended_at__isnull=True
    )
    hats = list(rows)
    return hats[0].user if hats and all(may_manage(actor, hat) for hat in hats) else None


def _admitted_by(actor: Actor, user_id: UUID) -> User | None:
    """A person with a key whom this actor may let in, in some hat."""
    hats = live_memberships().filter(user_id=user_id)
    mine = next((hat for hat in hats if may_admit(actor, hat)), None)
    return mine.user if mine is not None and live_key(user_id) is not None else None


def _end_roles(origin: Origin, membership: Membership) -> None:
    for role in access.end_roles_of(hat=membership, reason=RoleEnd.LEFT):
        record(
            origin,
            Event.CASE_ROLE_ENDED,
            reason=role.permission.codename,
            case_ref=role.content_object.log_ref,
            recipients=[membership.user.log_ref],
        )


def _end_keys_by_name(origin: Origin, membership: Membership) -> None:
    """Case by case, after the hat has ended: a kill in between leaves keys that open nothing."""
    shares = Share.objects.filter(
        member_key__user_id=membership.user_id,
        disclosure__to_agency_id=membership.agency_id,
    )
    if (
        live_memberships()
        .filter(user_id=membership.user_id, agency_id=membership.agency_id)
        .exists()
    ):
        return
    while cases := list(Case.objects.filter(items__shares__in=shares).distinct()[:_CASES_AT_ONCE]):
        with transaction.atomic(durable=True):
            for case in cases:
                end_shares(origin, case, shares.filter(item__case=case), RoleEnd.LEFT)


def _drop_keys_by_name(user: User) -> None:
    """Delete the keys, keep the ledger's open lines: they say what may be sent again."""
    Share.objects.filter(member_key__user=user).delete()


def _delete_drafts(actor: Actor, user: User) -> list[UUID]:
    """Drafts that were sealed to a key that is lost open for nobody any more."""
    drafts = Draft.objects.filter(author=user)
    ids = list(drafts.values_list("pk", flat=True))
    drafts.delete()
    for draft_id in ids:
        record(actor.origin, Event.DRAFT_DELETED, reason="key_lost", object_ref=draft_id)
    return ids


def _refuse(actor: Actor, event: Event, about: UUID) -> None:
    record(actor.origin, event, outcome=Outcome.REFUSED, reason="not_allowed", object_ref=about)
