"""Somebody goes or loses their keys: hats, case roles and keys by name end in one act.

What was read stays read: the pages say so. Nothing here opens a key, so a lead who is on the
telephone or an administrator can do it at once; rings get their new epochs from those who stay.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import directory
from accounts.models import Agency, Membership, User
from accounts.queries import live_key, live_memberships, the_partnership
from accounts.queries.people import has_lapsed_hats
from accounts.roles import Role
from accounts.services.leaving import (
    close_agency,
    deactivate_person,
    end_membership,
    lapsed_memberships,
    reactivate_person,
    retire_key,
)
from accounts.services.notices import WATCHING_ROLES
from accounts.services.people import invite, is_admitted, may_admit, may_manage
from audit.events import Event, Outcome
from audit.record import Origin, record
from casework import access, sealing
from casework.choices import RoleEnd
from casework.errors import AccessDenied
from casework.models import Case, Disclosure, Draft, KeptText, Share
from casework.services.ending import end_shares

# Ended keys by name go in pieces, so that nobody waits long for the database.
_CASES_AT_ONCE = 200


def end_hat(*, actor: Actor, membership_id: UUID) -> None:
    """End a hat now, with its case roles and the keys by name that it brought.

    Pressed again after the first time was cut off, it ends the keys that are left.
    """
    with transaction.atomic(durable=True):
        membership = _to_end(membership_id)
        allowed = membership is not None and may_manage(actor, membership)
        if membership is None or not allowed:
            _refuse(actor, Event.MEMBERSHIP_ENDED, membership_id)
        elif membership.ended_at is None:
            end_membership(origin=actor.origin, membership=membership, reason="left")
            _end_roles(actor.origin, membership)
    if membership is None or not allowed:
        raise AccessDenied("may_not_end")
    _end_keys_by_name(actor.origin, membership)


def end_lapsed_hats(*, origin: Origin) -> int:
    """End the hats whose last day has passed; they opened nothing since. How many there were.

    Keys by name that are left of an end that was cut off go as well.
    """
    rows = lapsed_memberships(timezone.localdate())
    for membership in rows:
        with transaction.atomic(durable=True):
            end_membership(origin=origin, membership=membership, reason="end_date")
            _end_roles(origin, membership)
        _end_keys_by_name(origin, membership)
    for membership in _cut_off():
        _end_keys_by_name(origin, membership)
    return len(rows)


def end_lapsed_of(*, actor: Actor) -> int:
    """The same, where a home page of somebody who looks after people is shown; cheap if nothing is.

    The rule ends them, not the reader: the event names no person.
    """
    if actor.hat.role not in WATCHING_ROLES or not has_lapsed_hats():
        return 0
    rule = Origin(None, None, "", None, actor.origin.request_ref, "command")
    return end_lapsed_hats(origin=rule)


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


def agency_leaves(*, actor: Actor, agency_id: UUID) -> None:
    """An agency leaves the partnership: every hat, case role and key by name of its people ends.

    What it brought stays with those who can read it, under its name. Refused for the coordination
    office and for the actor's own agency.
    """
    hats: list[Membership] = []
    with transaction.atomic(durable=True):
        agency = agency_to_close(actor, agency_id)
        if agency is None:
            _refuse(actor, Event.AGENCY_LEFT, agency_id)
        else:
            rows = Membership.objects.select_related("user", "agency")
            hats = list(rows.filter(agency=agency, ended_at__isnull=True))
            close_agency(origin=actor.origin, agency=agency)
            for hat in hats:
                _end_roles(actor.origin, hat)
    if agency is None:
        raise AccessDenied("may_not_close")
    for hat in hats:
        _end_keys_by_name(actor.origin, hat)


def agency_to_close(actor: Actor, agency_id: UUID) -> Agency | None:
    """An agency that this actor may let go: never the own one nor the coordination office."""
    role = actor.hat.role
    if role is not Role.PADMIN and not (role is Role.COORDINATOR and is_admitted(actor)):
        return None
    kept = {actor.hat.agency_id, the_partnership().coordination_office_id}
    if agency_id in kept:
        return None
    return Agency.objects.filter(pk=agency_id, left_at__isnull=True).first()


def may_suspend(*, actor: Actor, user_id: UUID) -> bool:
    """Whether this actor looks after every hat of a person."""
    return _managed(actor, user_id) is not None


def may_replace_key(*, actor: Actor, user_id: UUID) -> bool:
    """Whether a person has a key that this actor may take back."""
    return _admitted_by(actor, user_id) is not None


def _to_end(membership_id: UUID) -> Membership | None:
    """A hat that has not ended, or has left keys by name behind."""
    hat = Membership.objects.select_related("user", "agency").filter(pk=membership_id).first()
    if hat is None or hat.ended_at is None:
        return hat
    return hat if _lines_by_name(hat).exists() else None


def _cut_off() -> list[Membership]:
    """Ended hats of which a line by name may be open still."""
    lines = Disclosure.objects.filter(
        to_user_id=OuterRef("user_id"), to_agency_id=OuterRef("agency_id"), ended_at__isnull=True
    )
    return list(Membership.objects.filter(Exists(lines), ended_at__isnull=False).order_by("id"))


def _managed(actor: Actor, user_id: UUID) -> User | None:
    """A person all of whose running hats this actor may end; a suspended one has none running."""
    rows = Membership.objects.select_related("user", "agency").filter(
        user_id=user_id, ended_at__isnull=True
    )
    hats = list(rows)
    return hats[0].user if hats and all(may_manage(actor, hat) for hat in hats) else None


def _admitted_by(actor: Actor, user_id: UUID) -> User | None:
    """A person with a key whom this actor may let in, in every hat, and whose key it may retire.

    In every hat: else a lead could give somebody elsewhere a hat and then end their key.
    """
    hats = list(live_memberships().filter(user_id=user_id))
    key = live_key(user_id)
    if not hats or key is None or not all(may_admit(actor, hat) for hat in hats):
        return None
    stated = directory.verified(actor.keys.pin)
    return hats[0].user if stated.may_retire(actor.keys.id.hex, key.id.hex) else None


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
    """Case by case, after the hat has ended; what a kill leaves is ended the next time."""
    lines = _lines_by_name(membership)
    while cases := list(Case.objects.filter(disclosures__in=lines).distinct()[:_CASES_AT_ONCE]):
        with transaction.atomic(durable=True):
            for case in cases:
                end_shares(origin, case, lines.filter(case=case), RoleEnd.LEFT)


def _lines_by_name(membership: Membership) -> QuerySet[Disclosure]:
    """What was given by name for an ended hat, but on cases where another hat of theirs works."""
    hats = live_memberships().filter(user_id=membership.user_id, agency_id=membership.agency_id)
    return Disclosure.objects.filter(
        to_user_id=membership.user_id,
        to_agency_id=membership.agency_id,
        ended_at__isnull=True,
    ).exclude(case__in=Case.objects.filter(roles__hat__in=hats))


def _drop_keys_by_name(user: User) -> None:
    """Delete the keys, keep the ledger's open lines: they say what may be sent again."""
    Share.objects.filter(member_key__user=user).delete()


def _delete_drafts(actor: Actor, user: User) -> list[UUID]:
    """Drafts and kept texts that were sealed to a key that is lost open for nobody any more."""
    drafts, texts = Draft.objects.filter(author=user), KeptText.objects.filter(author=user)
    ids = [*drafts.values_list("pk", flat=True), *texts.values_list("pk", flat=True)]
    drafts.delete()
    texts.delete()
    for draft_id in ids:
        record(actor.origin, Event.DRAFT_DELETED, reason="key_lost", object_ref=draft_id)
    return ids


def _refuse(actor: Actor, event: Event, about: UUID) -> None:
    record(actor.origin, event, outcome=Outcome.REFUSED, reason="not_allowed", object_ref=about)
